#include "builder/build.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "builder/base_folders.hpp"
#include "builder/base_image.hpp"
#include "builder/build_values.hpp"
#include "builder/built_image.hpp"
#include "builder/cgo.hpp"
#include "builder/compile.hpp"
#include "builder/context_files.hpp"
#include "builder/cpu_profile.hpp"
#include "builder/destinations.hpp"
#include "builder/file_states.hpp"
#include "builder/finished_image.hpp"
#include "builder/go_ahead.hpp"
#include "builder/inlining.hpp"
#include "builder/named_values.hpp"
#include "builder/origins.hpp"
#include "builder/own_sources.hpp"
#include "builder/package_base.hpp"
#include "builder/recording.hpp"
#include "builder/remote_compiler.hpp"
#include "builder/requirements.hpp"
#include "builder/self_tuning.hpp"
#include "builder/settled_lock.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/media_types.hpp"
#include "packages/bases.hpp"
#include "registry/layout.hpp"

namespace whittle::builder {
namespace {

using registry::Place;

// One image for one platform, on its way from the spec to a manifest.
struct Target {
  ImagePlan plan;
  std::size_t first_request;  // its binaries are requests [first_request, first_request + binaries)
  layers::FileTree binaries = {};
  std::vector<evidence::OwnProgram> programs = {};  // the same, for the record
  std::set<std::string> split = {};                 // paths of those whose line tables are kept apart
  std::map<std::string, std::vector<std::string>> inlining = {};  // by path
  std::size_t ready = 0;                                          // how many of its binaries are in the tree
  bool compiled = false;                                          // whether any of them was, in this run

  const std::vector<BinarySpec>& wanted() const { return plan.spec->binaries; }
  bool asks_for(std::size_t request) const {
    return request >= first_request && request < first_request + wanted().size();
  }
};

std::vector<layers::Platform> platforms_of(const ImageSpec& spec, const BuildOptions& options) {
  if (!options.platforms.empty()) return options.platforms;
  if (!spec.platforms.empty()) return spec.platforms;
  return {options.host_platform};
}

void check_platform(const layers::Platform& platform) {
  if (platform.os != "linux")
    throw Error(ErrorKind::unsupported,
                fmt::format("images for {} cannot be built, only for linux", platform.text()));
}

std::vector<std::string> expanded(const std::vector<std::string>& texts, const NamedValues& values,
                                  const Position& where) {
  std::vector<std::string> result;
  for (const auto& text : texts) result.push_back(expand(text, values, where));
  return result;
}

std::map<std::string, std::string> expanded(const std::map<std::string, std::string>& texts,
                                            const NamedValues& values, const Position& where) {
  std::map<std::string, std::string> result;
  for (const auto& [name, text] : texts) result.emplace(name, expand(text, values, where));
  return result;
}

std::vector<std::string> expand_flags(const BinarySpec& binary, const NamedValues& values) {
  return expanded(binary.ldflags, values, binary.where);
}

class Build {
 public:
  Build(const Spec& spec, const BuildOptions& options, const Host& host, Cache& cache,
        registry::Access& access, Reporter& reporter, const std::stop_token& stop)
      : written_(spec),
        spec_(options.profile ? with_profile(spec, *options.profile) : spec),
        options_(options),
        host_(host),
        cache_(cache),
        access_(access),
        reporter_(reporter),
        stop_(stop),
        states_(cache.states_file(Digest::of("sources of " + spec.folder.native()))),
        results_(cache.states_file(Digest::of("results of " + spec.folder.native()))),
        values_(spec.folder, host, cache, reporter, stop),
        named_([this](std::string_view name) { return values_.value(name); }),
        store_(registry::Layout::open_or_create(cache.store(), AtomicFile::Durability::content)),
        members_(cache, store_),
        assembler_(cache, store_, results_, members_, options.jobs, reporter, stop),
        base_folders_(cache, options.limits, reporter, stop),
        origins_(spec, host, cache, access, {options.jobs, options.offline, options.now}, reporter, stop),
        go_ahead_(host, cache, states_, origins_),
        bases_(access, spec.folder, lock_, store_, options.offline),
        package_bases_({lock_, origins_, assembler_, base_folders_, store_, cache.temporary()}) {}

  std::vector<BuildResult> run() {
    std::vector<std::vector<Destination>> destinations;
    for (const auto& image : spec_.images)  // a wrong destination is said before anything is compiled
      destinations.push_back(destinations_of(image, options_, named_, spec_.images.size() == 1));
    plan();
    settle();
    go_ahead_.begin(*lock_.go, requirements_.host);
    if (go_ahead_.is_fetching()) make_bases();
    const auto go = go_ahead_.get();
    const auto host = host_of_go(host_, spec_, options_.offline);
    Compiler compiler(host, go, cache_, states_, results_, {options_.jobs, file_clock_now()}, reporter_,
                      stop_);
    if (options_.remote) {
      remote_ = std::make_unique<RemoteCompiler>(
          *options_.remote,
          RemoteCompiler::Parts{go, cache_, states_, module_cache_of(host, cache_.folder() / "go-mod"),
                                store_, options_.limits},
          program_layers(), reporter_, stop_);
      compiler.compile_at(*remote_);
    }
    compiler.compile(requests_,
                     [this](std::size_t request, const Binary& binary) { add_binary(request, binary); });
    std::vector<BuildResult> results;
    std::vector<BuiltImage> images;
    images.reserve(spec_.images.size());
    std::vector<std::vector<Evidence>> evidence;
    Recording recording(options_.record, lock_, cache_, reporter_, stop_);
    for (const auto& image : spec_.images) {
      images.emplace_back(image.name, store_);
      results.push_back(assemble(image, compiler, images.back()));
      evidence.push_back(record(image, compiler, results.back(), recording, images.back()));
    }
    states_.save();
    results_.save();
    members_.save();
    if (options_.examine) options_.examine(finished(results, images, compiler));
    parallel_for(results.size(), 4, stop_, [&](std::size_t i) {
      for (const auto& destination : destinations[i])
        deliver(images[i], destination, evidence[i], results[i]);
    });
    return results;
  }

 private:
  void plan() {
    for (const auto& image : spec_.images) {
      files_.emplace(image.name, files_of(image));  // what is missing is said before anything is compiled
      for (const auto& platform : platforms_of(image, options_)) {
        check_platform(platform);
        targets_.push_back({{&image, platform}, requests_.size()});
        targets_.back().plan.epoch = options_.epoch;
        targets_.back().plan.files = files_.at(image.name);
        for (const auto& binary : image.binaries) {
          auto main = in_context([&] { return fmt::format("{}: image {}", binary.where.text(), image.name); },
                                 [&] { return locate_main(spec_.folder, binary.main, reporter_); });
          auto inlining = inlining_of(image, binary, main);
          requests_.push_back({std::move(main),
                               platform,
                               binary.profile,
                               binary.lines_with(binary.profile),
                               binary.tags,
                               expand_flags(binary, named_),
                               std::move(inlining),
                               {},
                               image.name});
          if (binary.cgo == Cgo::off) continue;
          requests_.back().tags = cgo_tags(binary.tags);
          wishes_.emplace(requests_.size() - 1,
                          CompilerWish{platform, platform.architecture == options_.host_platform.architecture,
                                       binary.cgo});
        }
      }
    }
  }

  std::vector<std::string> inlining_of(const ImageSpec& image, const BinarySpec& binary, const GoMain& main) {
    const auto& inlining = binary.inlining;
    if (inlining.profile.empty()) return inlining_flags(inlining, main, {});
    const auto file = spec_.folder / inlining.profile;
    return in_context(
        [&] { return fmt::format("{}: image {}", binary.where.text(), image.name); },
        [&] {
          const auto digest = states_.file(file.native());
          if (!digest)
            throw Error(ErrorKind::not_found, fmt::format("there is no profile {}", shown(inlining.profile)))
                .hint(
                    "take one with `go test -cpuprofile`, or from /debug/pprof/profile of the running "
                    "program");
          taken_[image.name].insert_or_assign(file, *digest);
          return inlining_flags(inlining, main,
                                hot_packages(std::make_unique<FileSource>(file), inlining.profile));
        });
  }

  // What comes from outside is known by its bytes from here on.
  void settle() {
    std::vector<std::vector<layers::Platform>> platforms;
    for (const auto& image : spec_.images) platforms.push_back(platforms_of(image, options_));
    std::vector<GoMain> mains;
    for (const auto& request : requests_) mains.push_back(request.main);
    // The level that a flag asks for is not in a lock, which is made without.
    requirements_ = requirements_of(written_, platforms, mains, options_.host_platform);
    lock_ = settle_lock({lock_file_of(spec_, mains), options_.locked, !options_.trial}, requirements_,
                        origins_, [this](const LockedGo& go) { go_ahead_.begin(go, requirements_.host); });
    for (const auto& [request, wish] : wishes_)
      requests_[request].c_compiler = origins_.c_compilers().get(wish, lock_.c_compilers.at(wish.name()));
    if (!options_.offline) return;
    auto missing = missing_pieces(lock_, requirements_, store_, origins_);
    if (!go_at_hand(*lock_.go, requirements_.host, host_, cache_, states_, origins_))
      missing.insert(missing.begin(), fmt::format("Go {} for {}", lock_.go->version, requirements_.host));
    if (missing.empty()) return;
    throw Error(ErrorKind::not_found,
                fmt::format("not in the cache, and nothing is fetched: --offline\n    {}",
                            fmt::join(missing, "\n    ")))
        .hint("build once without --offline");
  }

  // Their packages are fetched and unpacked while Go arrives.
  void make_bases() {
    for (const auto& target : targets_) base_of(target.plan);
  }

  // Called while go may still work on others. When it was the last of its target, the layer is made at once.
  void add_binary(std::size_t request, const Binary& binary) {
    const auto target = std::find_if(targets_.begin(), targets_.end(),
                                     [&](const Target& one) { return one.asks_for(request); });
    const auto path = target->wanted()[request - target->first_request].path.substr(1);
    layers::FileEntry entry;
    entry.mode = 0755;
    entry.size = binary.size;
    entry.content = binary.digest;
    entry.is_private = binary.compiled && !binary.file.empty();  // hashed just now, in a folder of the cache
    entry.open = [file = binary.file] { return std::make_unique<FileSource>(file); };
    if (binary.file.empty()) entry.open = binary.open;
    target->binaries.add(path, std::move(entry));
    target->programs.push_back({path, binary.digest, binary.file, binary.info});
    if (binary.has_lines_apart) target->split.insert(path);
    if (const auto& flags = requests_[request].inlining; !flags.empty())
      target->inlining.emplace(path, flags);
    target->compiled |= binary.compiled;
    if (++target->ready < target->wanted().size()) return;
    lay_over_base(*target, target->binaries);
    const auto* made = remote_ ? remote_->layer_of(target->first_request) : nullptr;
    target->plan.binaries = made == nullptr
                                ? assembler_.layer_of("binaries", target->binaries, target->plan)
                                : assembler_.layer_from("binaries", target->binaries, target->plan, *made);
  }

  // Gives the folders of both layers what the base, and `files` below the programs, have of them.
  void lay_over_base(Target& target, layers::FileTree& programs) {
    target.plan.base = base_of(target.plan);
    lay_over_base(target.plan.files, target.plan);
    lay_over_base(programs, target.plan);
    in_context([&] { return target.plan.spec->where.text(); },
               [&] { programs.keep_directories(target.plan.files.entries(), "`files`"); });
  }

  // The layers of programs before there are programs: all but their contents is decided.
  std::vector<ProgramLayer> program_layers() {
    std::vector<ProgramLayer> layers;
    for (auto& target : targets_) {
      ProgramLayer layer{target.first_request, {}};
      layer.recipe.compression = target.plan.spec->compression;
      layer.recipe.epoch = target.plan.epoch;
      for (std::size_t i = 0; i < target.wanted().size(); ++i) {
        const auto path = target.wanted()[i].path.substr(1);
        layers::FileEntry entry;
        entry.mode = 0755;
        layer.recipe.tree.add(path, std::move(entry));
        layer.recipe.programs.emplace(path, target.first_request + i);
      }
      lay_over_base(target, layer.recipe.tree);
      layers.push_back(std::move(layer));
    }
    return layers;
  }

  const BaseImage* base_of(const ImagePlan& plan) {
    const auto& base = plan.spec->base;
    const bool elsewhere = base != "scratch" && packages::find_base(base) == nullptr;
    return package_bases_.get(*plan.spec, plan.platform, plan.epoch,
                              elsewhere ? &bases_.get(base, plan.platform) : nullptr);
  }

  void lay_over_base(layers::FileTree& tree, const ImagePlan& plan) {
    if (plan.base == nullptr) return;
    in_context([&] { return fmt::format("{}: image {}", plan.spec->where.text(), plan.spec->name); },
               [&] { base_folders_.keep(*plan.base, tree); });
  }

  BuildResult assemble(const ImageSpec& spec, Compiler& compiler, BuiltImage& image) {
    BuildResult result{spec.name, {"", Digest::of(std::string_view()), 0}, {}, {}, {}, false};
    const auto annotations = annotations_of(spec, files_.at(spec.name), compiler);
    for (auto& target : targets_) {
      auto& plan = target.plan;
      if (plan.spec != &spec) continue;
      if (plan.base == nullptr) add_user_files(spec, plan.files);
      plan.labels = expanded(spec.labels, named_, spec.where);
      plan.annotations = annotations;
      settle_memory(target);
      result.compiled |= target.compiled;
      result.platforms.push_back({plan.platform, assembler_.assemble(plan, image)});
      if (remote_ && remote_->layer_of(target.first_request) != nullptr)
        image.add_foreign(plan.binaries->layer.descriptor, remote_->layers());
      result.root = result.platforms.back().image.manifest;
    }
    if (result.platforms.size() > 1) {
      layers::Index index{std::string(layers::media_type::oci_index), {}, annotations};
      for (const auto& platform : result.platforms) index.manifests.push_back(platform.image.manifest);
      const auto document = layers::write_index(index);
      result.root = document.descriptor();
      image.add(document);
    }
    result.root.platform.reset();
    return result;
  }

  // GOMEMLIMIT, unless the spec says it itself or the program that is started sets its own.
  void settle_memory(Target& target) {
    const auto& spec = *target.plan.spec;
    if (!spec.memory) return;
    target.plan.annotations.emplace("dev.whittle.memory", spec.memory->written);
    const auto is_it = [](const auto& variable) { return variable.first == "GOMEMLIMIT"; };
    if (std::any_of(spec.env.begin(), spec.env.end(), is_it))
      return reporter_.verbose(fmt::format("{}: `env` sets GOMEMLIMIT, so `memory` does not", spec.name));
    const auto& started =
        spec.entrypoint && !spec.entrypoint->empty() ? spec.entrypoint->front() : spec.binaries.front().path;
    for (const auto& program : target.programs) {
      if ("/" + program.path != started) continue;
      if (const auto own = own_memory_limit_of(program, cache_); !own.empty())
        return reporter_.note(fmt::format(
            "{}: GOMEMLIMIT is left to the program, which sets its own limit ({})", spec.name, own));
    }
    target.plan.soft_limit = soft_limit(spec.memory->limit, spec.memory->share);
    target.plan.annotations.emplace("dev.whittle.gomemlimit", go_size(*target.plan.soft_limit));
  }

  std::vector<FinishedImage> finished(const std::vector<BuildResult>& results,
                                      std::vector<BuiltImage>& images, Compiler& compiler) {
    std::vector<FinishedImage> finished;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const auto& spec = spec_.images[i];
      const auto imports = [this, &spec, &compiler](const layers::Platform& platform) {
        return imports_of(spec, platform, compiler);
      };
      finished.push_back({spec, results[i], images[i], last_pushed(spec, options_, named_), imports});
    }
    return finished;
  }

  std::vector<ImportGraph> imports_of(const ImageSpec& spec, const layers::Platform& platform,
                                      Compiler& compiler) {
    std::vector<ImportGraph> graphs;
    for (const auto& target : targets_)
      if (target.plan.spec == &spec && target.plan.platform == platform)
        for (std::size_t i = 0; i < spec.binaries.size(); ++i)
          graphs.push_back(compiler.imports_of(requests_[target.first_request + i]));
    return graphs;
  }

  layers::FileTree files_of(const ImageSpec& spec) {
    layers::FileTree tree;
    const DigestFile digest = [this, &taken = taken_[spec.name]](int fd, const std::filesystem::path& path) {
      return taken.insert_or_assign(path, states_.open_file(fd, path.native())).first->second;
    };
    if (!spec.files.empty())
      add_context_files(spec_.folder, spec.files, spec_.secrets, digest, tree, reporter_, stop_);
    return tree;
  }

  // What the image says of its sources, the same on every platform.
  std::map<std::string, std::string> annotations_of(const ImageSpec& spec, const layers::FileTree& files,
                                                    Compiler& compiler) {
    auto annotations = expanded(spec.annotations, named_, spec.where);
    annotations.emplace("org.opencontainers.image.created", timestamp(options_.epoch));
    KeyHasher inputs;
    inputs.add(files.digest().text());
    std::set<std::filesystem::path> sources;
    for (const auto& target : targets_) {
      if (target.plan.spec != &spec) continue;
      for (std::size_t i = 0; i < spec.binaries.size(); ++i) {
        const auto& request = requests_[target.first_request + i];
        if (const auto source = source_of_module(module_path(request.main.module)))
          annotations.emplace("org.opencontainers.image.source", *source);
        inputs.add(compiler.inputs_of(request).text());
        sources.merge(compiler.own_files_of(request));
      }
    }
    for (const auto& file : spec.files) add_sources(file, sources);
    const auto revision = values_.revision_of(spec.name, inputs.finish(), sources);
    if (revision) annotations.emplace("org.opencontainers.image.revision", *revision);
    revisions_.emplace(spec.name, revision);
    return annotations;
  }

  std::vector<Evidence> record(const ImageSpec& spec, Compiler& compiler, const BuildResult& result,
                               Recording& recording, BuiltImage& image) {
    RecordedImage recorded{spec, record_of(spec, compiler, result), {}};
    for (const auto& target : targets_) {
      if (target.plan.spec != &spec) continue;
      const auto& manifest = result.platforms[recorded.targets.size()].image.manifest;
      recorded.targets.push_back({target.plan.platform, manifest, target.plan.base, &target.plan.files,
                                  target.programs, target.split, target.inlining});
    }
    return in_context([&] { return fmt::format("recording what {} was made from", spec.name); },
                      [&] { return recording.evidence_of(recorded, image); });
  }

  evidence::BuildRecord record_of(const ImageSpec& spec, Compiler& compiler, const BuildResult& result) {
    evidence::BuildRecord record{.builder_version = options_.record.version, .image = spec.name};
    const OwnSources own = own_sources_of(spec, compiler);
    record.sources = own.record();
    record.folder = own.relative(spec_.folder);
    if (!spec_.file.empty()) {
      record.spec_file = own.relative(spec_file());
      record.spec = spec_.digest;
    }
    const auto& first = request_of(spec, 0);
    if (spec.where.line == 0) record.main = spec.binaries.front().main;
    record.sources.module = module_path(first.main.module);
    if (const auto tree = values_.work_tree(); tree && revisions_.at(spec.name))
      place_in_commit(spec, own, *tree, record.sources);
    if (options_.profile) record.profile = name_of(*options_.profile);
    record.tags = options_.tags;
    record.epoch = options_.epoch;
    record.values = values_in(spec);
    record.lock = to_json(lock_);
    record.go_version = lock_.go->version;
    record.compressors.emplace(compressor_name(spec.compression), assembler_.identity_of(spec.compression));
    record.root = {result.root.media_type, result.root.digest, result.root.size};
    return record;
  }

  std::filesystem::path spec_file() const {
    return (host_.working_directory / spec_.file).lexically_normal();
  }

  const CompileRequest& request_of(const ImageSpec& spec, std::size_t index) const {
    const auto target = std::find_if(targets_.begin(), targets_.end(),
                                     [&](const Target& one) { return one.plan.spec == &spec; });
    return requests_[target->first_request + index];
  }

  OwnSources own_sources_of(const ImageSpec& spec, Compiler& compiler) {
    OwnSources own(spec_.folder);
    const auto add = [&](const std::filesystem::path& file) {
      if (const auto digest = states_.file(file.native())) own.add(file, *digest);
    };
    std::vector<GoMain> mains;
    for (const auto& target : targets_) {
      if (target.plan.spec != &spec) continue;
      for (std::size_t i = 0; i < spec.binaries.size(); ++i) {
        mains.push_back(requests_[target.first_request + i].main);
        for (const auto& file : compiler.own_files_of(requests_[target.first_request + i])) add(file);
      }
    }
    for (const auto& [file, digest] : taken_.at(spec.name)) own.add(file, digest);
    if (!spec.files.empty())
      for (const auto* ignore : {".dockerignore", ".whittleignore"}) add(spec_.folder / ignore);
    if (!spec_.file.empty()) own.add(spec_file(), spec_.digest);
    add(host_.working_directory / lock_file_of(spec_, mains));
    return own;
  }

  // The revision counts when the whole of the project, the spec included, is as committed there. The lock is
  // in the record.
  void place_in_commit(const ImageSpec& spec, const OwnSources& own, const std::filesystem::path& tree,
                       evidence::Sources& sources) {
    std::error_code unresolved;
    const auto top = std::filesystem::canonical(tree, unresolved);
    if (unresolved || !own.are_below(top)) return;
    if (!spec_.file.empty() &&
        !values_.is_committed(tree / spec_file().lexically_relative(tree), spec_.digest))
      return;
    sources.revision = revisions_.at(spec.name);
    sources.folder = own.root() == top ? std::string() : as_utf8(own.root().lexically_relative(top).native());
  }

  // Those that the image's bytes depend on.
  std::map<std::string, std::string> values_in(const ImageSpec& spec) {
    std::map<std::string, std::string> used;
    const NamedValues noting = [&](std::string_view name) {
      auto value = values_.value(name);
      if (value) used.emplace(name, as_utf8(*value));
      return value;
    };
    static_cast<void>(expanded(spec.labels, noting, spec.where));
    static_cast<void>(expanded(spec.annotations, noting, spec.where));
    for (const auto& binary : spec.binaries) static_cast<void>(expand_flags(binary, noting));
    return used;
  }

  void add_sources(const FileSpec& file, std::set<std::filesystem::path>& sources) {
    namespace fs = std::filesystem;
    const fs::path from = (spec_.folder / file.from).lexically_normal();
    std::error_code ignored;
    if (!fs::is_directory(from, ignored)) {
      sources.insert(from);
      return;
    }
    for (auto entry = fs::recursive_directory_iterator(from, ignored);
         entry != fs::recursive_directory_iterator(); entry.increment(ignored))
      if (entry->is_regular_file(ignored)) sources.insert(entry->path());
  }

  void deliver(BuiltImage& image, const Destination& destination, const std::vector<Evidence>& evidence,
               BuildResult& result) {
    in_context(
        [&] { return fmt::format("writing {} to {}", result.image, destination.printed); },
        [&] {
          const auto place = access_.destination(destination.place);
          registry::CopyOptions copy;
          copy.tags = destination.tags;
          registry::copy_image(image, *place, copy, reporter_, stop_);
          attach(evidence, destination, *place, result);
          result.places.push_back(fmt::format("{}@{}", destination.printed, result.root.digest.text()));
        });
  }

  void attach(const std::vector<Evidence>& evidence, const Destination& destination,
              registry::ImageDestination& place, BuildResult& result) {
    if (evidence.empty()) return;
    if (!keeps_evidence(destination.place.kind)) {
      reporter_.verbose(fmt::format("{} keeps no provenance and no SBOM", destination.printed));
      const auto has_lines = [](const Evidence& one) { return one.what == "lines"; };
      if (std::any_of(evidence.begin(), evidence.end(), has_lines))
        reporter_.warn(
            fmt::format("{} cannot keep the line tables of the programs: `whittle symbolize` needs the "
                        "image in a registry or a layout",
                        destination.printed));
      return;
    }
    const auto source =
        access_.source(Place::parse(fmt::format("{}@{}", destination.printed, result.root.digest.text())));
    attach_evidence(evidence, options_.record, {*source, place, {}, reporter_, stop_});
    if (!result.attached.empty()) return;  // the same at every place
    for (const auto& one : evidence)
      result.attached.push_back({one.what, one.subject.digest, one.attachment.manifest.digest});
  }

  const Spec& written_;
  const Spec spec_;  // with the profile that was asked for
  const BuildOptions& options_;
  const Host& host_;
  Cache& cache_;
  registry::Access& access_;
  Reporter& reporter_;
  std::stop_token stop_;
  FileStates states_;   // of sources
  FileStates results_;  // of the cache's own files
  BuildValues values_;
  NamedValues named_;
  registry::Layout store_;
  MemberIndexes members_;
  Assembler assembler_;
  BaseFolders base_folders_;
  Origins origins_;
  GoAhead go_ahead_;
  Lock lock_;
  Requirements requirements_;
  BaseImages bases_;
  PackageBases package_bases_;
  std::map<std::string, layers::FileTree> files_;  // what the context gives to each image
  std::map<std::string, std::map<std::filesystem::path, Digest>> taken_;  // the files that were read for that
  std::map<std::string, std::optional<std::string>> revisions_;           // of each image's sources
  std::vector<Target> targets_;
  std::vector<CompileRequest> requests_;
  std::map<std::size_t, CompilerWish> wishes_;  // of the requests that need a C compiler
  std::unique_ptr<RemoteCompiler> remote_;
};

}  // namespace

Host host_of_go(const Host& host, const Spec& spec, bool offline) {
  Host seen = host;
  if (!spec.go_origins.proxy.empty()) seen.environment["GOPROXY"] = spec.go_origins.proxy;
  if (!spec.go_origins.sumdb.empty()) seen.environment["GOSUMDB"] = spec.go_origins.sumdb;
  if (offline) seen.environment["GOPROXY"] = "off";
  return seen;
}

std::vector<BuildResult> build_images(const Spec& spec, const BuildOptions& options, const Host& host,
                                      Cache& cache, registry::Access& access, Reporter& reporter,
                                      const std::stop_token& stop) {
  return Build(spec, options, host, cache, access, reporter, stop).run();
}

}  // namespace whittle::builder
