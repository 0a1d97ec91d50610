#include "optimizer/advise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "builder/cgo.hpp"
#include "builder/cpu_profile.hpp"
#include "builder/file_states.hpp"
#include "builder/go_toolchain.hpp"
#include "builder/inlining.hpp"
#include "builder/origins.hpp"
#include "builder/requirements.hpp"
#include "builder/settled_lock.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "optimizer/build_tags.hpp"
#include "optimizer/failed_trial.hpp"
#include "optimizer/inspect.hpp"
#include "optimizer/program_advice.hpp"
#include "optimizer/program_trials.hpp"
#include "optimizer/setting_candidates.hpp"

namespace whittle::optimizer {
namespace {

using builder::BuildOptions;
using builder::ImageSpec;
using builder::Spec;

constexpr std::size_t most_tried_tags = 12;

// What an image takes in all, and what its own layers take.
struct ImageCost {
  std::uint64_t compressed = 0;
  attribution::Size own = {};
};

ImageCost cost_of(const builder::BuildResult& result) {
  ImageCost cost;
  const auto& image = result.platforms.front().image;
  cost.compressed = image.size;
  for (const auto& layer : image.layers)
    cost.own += {layer.layer.uncompressed_size, layer.layer.descriptor.size};
  return cost;
}

// The advice on one image.
class ImageAdvisor {
 public:
  ImageAdvisor(const Spec& spec, const ImageSpec& image, const AdviseOptions& options,
               const builder::LockParts& parts)
      : spec_(spec), options_(options.build), parts_(parts), folder_(parts.cache.temporary()) {
    spec_.images = {image};
    const auto platforms = image.platforms.empty() ? std::vector{options_.host_platform} : image.platforms;
    platform_ = options.platform.value_or(platforms.front());
    options_.platforms = {platform_};
    options_.record = {};
    options_.record.provenance = false;
    options_.record.sbom.reset();
    options_.push = false;
    options_.tags = {"advise"};
    options_.outputs = {};
    result_.name = image.name;
    result_.platform = platform_.text();
  }

  AdvisedImage run() {
    const auto tree = build_as_it_is();
    const auto tools = go_tools();
    for (std::size_t i = 0; i < image().binaries.size(); ++i) advise_on_program(i, tree, *tools);
    for (auto& candidate : setting_candidates(image())) measure(std::move(candidate));
    rank(result_);
    measure_together();
    return std::move(result_);
  }

 private:
  const ImageSpec& image() const { return spec_.images.front(); }

  std::vector<attribution::Node> build_as_it_is() {
    auto options = options_;
    registry::Place place;
    place.kind = registry::Place::Kind::layout;
    place.folder = folder_.path() / "image";
    place.tag = "advise";
    options.outputs = {place};
    const auto built = builder::build_images(spec_, options, parts_.host, parts_.cache, parts_.access,
                                             parts_.reporter, parts_.stop);
    now_ = cost_of(built.front());
    result_.compressed = now_.compressed;
    result_.own = now_.own;
    InspectOptions inspecting;
    inspecting.scratch = parts_.cache.temporary();
    inspecting.jobs = options_.jobs;
    inspecting.limits = options_.limits;
    inspecting.stop = parts_.stop;
    return optimizer::inspect(*parts_.access.source(place), inspecting).platforms.front().tree;
  }

  // The Go that the image was built with, and where its modules come from.
  struct Go {
    builder::Host host;
    builder::GoToolchain toolchain;
    std::vector<builder::GoMain> mains;
    std::vector<std::optional<builder::CCompiler>> c_compilers;  // of each main
  };
  std::unique_ptr<Go> go_tools() {
    std::vector<builder::GoMain> mains;
    for (const auto& binary : image().binaries)
      mains.push_back(builder::locate_main(spec_.folder, binary.main, parts_.reporter));
    builder::Origins origins(spec_, parts_.host, parts_.cache, parts_.access,
                             {options_.jobs, options_.offline, options_.now}, parts_.reporter, parts_.stop);
    const auto wanted = builder::requirements_of(spec_, {{platform_}}, mains, options_.host_platform);
    const auto lock =
        builder::settle_lock({builder::lock_file_of(spec_, mains), options_.locked, false}, wanted, origins);
    builder::FileStates states(parts_.cache.states_file(Digest::of("advice on " + spec_.folder.native())));
    auto toolchain = builder::provide_go(*lock.go, wanted.host, parts_.host, parts_.cache, states, origins);
    states.save();
    std::vector<std::optional<builder::CCompiler>> c_compilers;
    for (const auto& binary : image().binaries) {
      const bool is_hosts = platform_.architecture == options_.host_platform.architecture;
      const builder::CompilerWish wish{platform_, is_hosts, binary.cgo};
      c_compilers.emplace_back();
      if (binary.cgo != builder::Cgo::off)
        c_compilers.back() = origins.c_compilers().get(wish, lock.c_compilers.at(wish.name()));
    }
    return std::make_unique<Go>(Go{builder::host_of_go(parts_.host, spec_, options_.offline),
                                   std::move(toolchain), std::move(mains), std::move(c_compilers)});
  }

  void advise_on_program(std::size_t index, const std::vector<attribution::Node>& tree, const Go& go) {
    const auto& binary = image().binaries[index];
    const auto profile = options_.profile.value_or(binary.profile);
    const TrialProgram program{
        {.main = go.mains[index],
         .platform = platform_,
         .profile = profile,
         .lines = binary.lines_with(profile),
         .tags = binary.cgo == builder::Cgo::off ? binary.tags : builder::cgo_tags(binary.tags),
         .ldflags = binary.ldflags,
         .inlining = inlining_of(binary, go.mains[index]),
         .c_compiler = go.c_compilers[index],
         .image = image().name},
        binary.path.substr(1),
        image().compression};
    const TrialTools tools{go.host,       go.toolchain, parts_.cache, options_.host_platform,
                           options_.jobs, parts_.stop};
    ProgramTrials trials(tools, program);
    ProgramAdvice about(trials, package_sizes(tree, program.path), parts_.reporter);
    for (auto& advice : about.all()) keep(std::move(advice), index);
    result_.failed.insert(result_.failed.end(), about.failed().begin(), about.failed().end());
    for (auto& tag : find_build_tags(trials.packages(), binary.tags, most_tried_tags))
      measure(candidate_of(tag, index));
    if (index == 0) time_compression(trials);
  }

  std::vector<std::string> inlining_of(const builder::BinarySpec& binary, const builder::GoMain& main) const {
    const auto& profile = binary.inlining.profile;
    std::set<std::string> hot;
    if (!profile.empty())
      hot = builder::hot_packages(std::make_unique<FileSource>(spec_.folder / profile), profile);
    return builder::inlining_flags(binary.inlining, main, hot);
  }

  // Says of which program it is, where there are several.
  std::string of_program(std::size_t index, std::string change) const {
    if (image().binaries.size() == 1) return change;
    return fmt::format("{}: {}", image().binaries[index].path, change);
  }

  void keep(Advice advice, std::size_t index) {
    advice.change = of_program(index, std::move(advice.change));
    if (advice.saved.compressed > 0) result_.advice.push_back(std::move(advice));
  }

  SettingCandidate candidate_of(const BuildTag& tag, std::size_t index) const {
    SettingCandidate candidate;
    candidate.advice.kind = Advice::Kind::build_tag;
    candidate.advice.change = of_program(index, fmt::format("build tag {}", escaped(tag.name)));
    candidate.advice.price = tag.price;
    candidate.apply = [name = tag.name, index](ImageSpec& spec) {
      auto& tags = spec.binaries[index].tags;
      tags.insert(std::upper_bound(tags.begin(), tags.end(), name), name);
    };
    return candidate;
  }

  // What the strongest level costs is time.
  void time_compression(ProgramTrials& trials) {
    auto strongest = image().compression;
    if (strongest.format == layers::Compression::Format::none) return;
    strongest.level = layers::Compression::Level::smallest;
    now_seconds_ = seconds(trials.time_to_compress(image().compression));
    smallest_seconds_ = seconds(trials.time_to_compress(strongest));
  }
  static double seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

  ImageCost build_with(const Spec& changed) {
    auto options = options_;
    options.trial = true;
    options.locked = false;  // the change is in no lock yet
    SilentReporter silent;
    return cost_of(
        builder::build_images(changed, options, parts_.host, parts_.cache, parts_.access, silent, parts_.stop)
            .front());
  }

  attribution::Size saved_by(const ImageCost& with) const {
    const auto less = [](std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; };
    return {less(now_.own.raw, with.own.raw), less(now_.compressed, with.compressed)};
  }

  void measure(SettingCandidate candidate) {
    auto& advice = candidate.advice;
    const auto task = parts_.reporter.start(fmt::format("measuring {} ({})", advice.change, image().name), 0);
    try {
      auto changed = spec_;
      candidate.apply(changed.images.front());
      advice.saved = saved_by(build_with(changed));
    } catch (const Error& error) {
      if (!is_about_the_change(error)) throw;
      task->done("not possible");
      result_.failed.push_back(fmt::format("{}: {}", advice.change, reason_of(error)));
      return;
    }
    task->done(fmt::format("{} less", human_size(advice.saved.compressed)));
    if (advice.price.empty())
      advice.price =
          fmt::format("compressing takes {:.1f} s here instead of {:.1f} s", smallest_seconds_, now_seconds_);
    if (advice.saved.compressed == 0) return;
    if (!advice.edits.empty()) applied_.emplace_back(advice.change, candidate.apply);
    result_.advice.push_back(std::move(advice));
  }

  // Savings do not add up: what is applied together is measured together.
  void measure_together() {
    auto changed = spec_;
    bool any = false;
    for (const auto& [change, apply] : applied_) {
      const auto is_this = [&change = change](const Advice& advice) {
        return advice.change == change && !advice.edits.empty();
      };
      if (std::none_of(result_.advice.begin(), result_.advice.end(), is_this)) continue;
      apply(changed.images.front());
      any = true;
    }
    if (any) result_.together = saved_by(build_with(changed));
  }

  Spec spec_;
  BuildOptions options_;
  const builder::LockParts& parts_;
  TemporaryFolder folder_;
  layers::Platform platform_;
  ImageCost now_ = {};
  double now_seconds_ = 0;
  double smallest_seconds_ = 0;
  std::vector<std::pair<std::string, std::function<void(ImageSpec&)>>> applied_ = {};
  AdvisedImage result_ = {};
};

}  // namespace

std::vector<AdvisedImage> advise(const Spec& spec, const AdviseOptions& options,
                                 const builder::LockParts& parts) {
  std::vector<AdvisedImage> images;
  for (const auto& image : spec.images)
    images.push_back(in_context([&] { return fmt::format("finding out what makes {} smaller", image.name); },
                                [&] { return ImageAdvisor(spec, image, options, parts).run(); }));
  return images;
}

}  // namespace whittle::optimizer
