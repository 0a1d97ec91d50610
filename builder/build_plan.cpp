#include "builder/build_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "builder/cgo.hpp"
#include "builder/context_files.hpp"
#include "builder/cpu_profile.hpp"
#include "builder/go_project.hpp"
#include "builder/inlining.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

void check_platform(const layers::Platform& platform) {
  if (platform.os != "linux")
    throw Error(ErrorKind::unsupported,
                fmt::format("images for {} cannot be built, only for linux", platform.text()));
}

class Planner {
 public:
  explicit Planner(const BuildContext& build) : build_(build) {}

  BuildPlan run() {
    for (const auto& image : build_.spec.images) {
      plan_.files.emplace(image.name, files_of(image));
      for (const auto& platform : platforms_of(image, build_.options)) add_target(image, platform);
    }
    return std::move(plan_);
  }

 private:
  void add_target(const ImageSpec& image, const layers::Platform& platform) {
    check_platform(platform);
    plan_.targets.push_back({{&image, platform}, plan_.requests.size()});
    auto& target = plan_.targets.back();
    target.plan.epoch = build_.options.epoch;
    target.plan.files = plan_.files.at(image.name);
    for (const auto& binary : image.binaries) add_request(image, platform, binary);
  }

  void add_request(const ImageSpec& image, const layers::Platform& platform, const BinarySpec& binary) {
    const auto& spec = build_.spec;
    auto main = in_context([&] { return fmt::format("{}: image {}", binary.where.text(), image.name); },
                           [&] {
                             auto located = locate_main(spec.folder, binary.main, build_.reporter);
                             check_replacements(located, spec.folder, spec.replacements);
                             return located;
                           });
    auto inlining = inlining_of(image, binary, main);
    plan_.requests.push_back({std::move(main),
                              platform,
                              binary.profile,
                              binary.lines_with(binary.profile),
                              binary.tags,
                              expanded(binary.ldflags, build_.named, binary.where),
                              std::move(inlining),
                              {},
                              image.name});
    if (binary.cgo == Cgo::off) return;
    plan_.requests.back().tags = cgo_tags(binary.tags);
    const bool is_own = platform.architecture == build_.options.host_platform.architecture;
    plan_.wishes.emplace(plan_.requests.size() - 1, CompilerWish{platform, is_own, binary.cgo});
  }

  std::vector<std::string> inlining_of(const ImageSpec& image, const BinarySpec& binary, const GoMain& main) {
    const auto& inlining = binary.inlining;
    if (inlining.profile.empty()) return inlining_flags(inlining, main, {});
    const auto file = build_.spec.folder / inlining.profile;
    return in_context(
        [&] { return fmt::format("{}: image {}", binary.where.text(), image.name); },
        [&] {
          const auto digest = build_.states.file(file.native());
          if (!digest)
            throw Error(ErrorKind::not_found, fmt::format("there is no profile {}", shown(inlining.profile)))
                .hint(
                    "take one with `go test -cpuprofile`, or from /debug/pprof/profile of the running "
                    "program");
          plan_.taken[image.name].insert_or_assign(file, *digest);
          return inlining_flags(inlining, main,
                                hot_packages(std::make_unique<FileSource>(file), inlining.profile));
        });
  }

  layers::FileTree files_of(const ImageSpec& image) {
    layers::FileTree tree;
    const DigestFile digest = [this, &taken = plan_.taken[image.name]](int fd,
                                                                       const std::filesystem::path& path) {
      return taken.insert_or_assign(path, build_.states.open_file(fd, path.native())).first->second;
    };
    if (!image.files.empty())
      add_context_files(build_.spec.folder, image.files, build_.spec.secrets, digest, tree, build_.reporter,
                        build_.stop);
    return tree;
  }

  const BuildContext& build_;
  BuildPlan plan_;
};

}  // namespace

std::vector<layers::Platform> platforms_of(const ImageSpec& spec, const BuildOptions& options) {
  if (!options.platforms.empty()) return options.platforms;
  if (!spec.platforms.empty()) return spec.platforms;
  return {options.host_platform};
}

Target& BuildPlan::target_of(std::size_t request) {
  return *std::find_if(targets.begin(), targets.end(),
                       [&](const Target& one) { return one.asks_for(request); });
}

std::vector<Target*> BuildPlan::targets_of(const ImageSpec& image) {
  std::vector<Target*> found;
  for (auto& target : targets)
    if (target.plan.spec == &image) found.push_back(&target);
  return found;
}

std::vector<const Target*> BuildPlan::targets_of(const ImageSpec& image) const {
  std::vector<const Target*> found;
  for (const auto& target : targets)
    if (target.plan.spec == &image) found.push_back(&target);
  return found;
}

std::vector<GoMain> BuildPlan::mains() const {
  std::vector<GoMain> found;
  for (const auto& request : requests) found.push_back(request.main);
  return found;
}

BuildPlan plan_build(const BuildContext& build) {
  return Planner(build).run();
}

}  // namespace whittle::builder
