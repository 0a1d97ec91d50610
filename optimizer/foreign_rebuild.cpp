#include "optimizer/foreign_rebuild.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "binaries/elf.hpp"
#include "binaries/embedded_paths.hpp"
#include "binaries/go_functions.hpp"
#include "binaries/random_access.hpp"
#include "builder/git.hpp"
#include "builder/go_project.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/file_digest.hpp"
#include "common/text.hpp"
#include "comparison/binary_difference.hpp"
#include "comparison/causes.hpp"
#include "optimizer/foreign_build.hpp"
#include "optimizer/foreign_settings.hpp"
#include "optimizer/sealed_checkout.hpp"

namespace whittle::optimizer {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t causes_shown = 5;

// The module whose sources these are; "" for none.
std::string module_at(const fs::path& source) {
  for (auto folder = source;; folder = folder.parent_path()) {
    std::error_code ignored;
    if (fs::exists(folder / "go.mod", ignored)) return builder::module_path(folder);
    if (folder == folder.parent_path()) return {};
  }
}

// The folders that a program which was built without -trimpath has in it.
std::vector<binaries::EmbeddedRoot> roots_of(const GoProgram& program) {
  const binaries::FileAccess file(program.file);
  const auto functions = binaries::GoFunctions::read(file, binaries::read_elf(file));
  return functions ? binaries::embedded_roots(*functions) : std::vector<binaries::EmbeddedRoot>();
}

bool is_in(const std::string& path, const fs::path& folder) {
  return path == folder.native() || path.starts_with(folder.native() + "/");
}

// What keeps one program from being built, while others may be; the rest is thrown on.
bool is_obstacle(ErrorKind kind) {
  return kind != ErrorKind::interrupted && kind != ErrorKind::internal && kind != ErrorKind::io;
}

class Rebuild {
 public:
  Rebuild(const fs::path& source, const fs::path& work, const GoTools& tools)
      : source_(source), work_(work), tools_(tools) {}

  RebuiltProgram run(const GoProgram& program) {
    const auto known = built_.find({program.digest, program.platform.text()});
    if (known != built_.end()) {
      auto again = known->second;
      again.path = program.path;
      return again;
    }
    const auto settings = read_foreign_settings(program.info);
    RebuiltProgram result{program.path, program.platform.text(), program.digest,
                          fmt::format("{}", fmt::join(settings.notable, ", "))};
    result.obstacles = settings.obstacles;
    try {
      build(program, settings, result);
    } catch (const Error& error) {
      if (!is_obstacle(error.kind())) throw;
      result.obstacles.push_back(escaped(error.message(), false, 1000));
    }
    built_.emplace(std::pair(program.digest, program.platform.text()), result);
    return result;
  }

 private:
  void build(const GoProgram& program, ForeignSettings settings, RebuiltProgram& result) {
    if (settings.go_version.empty() || settings.package.empty()) return;
    if (program.loader) {
      result.obstacles.push_back(
          fmt::format("built with cgo (it asks for the loader {}): nothing records the C compiler",
                      shown(*program.loader)));
      return;
    }
    const auto sources = sources_of(settings, result);
    const auto main = builder::locate_main(sources, settings.package, tools_.reporter);
    const auto roots = settings.trimpath ? std::vector<binaries::EmbeddedRoot>() : roots_of(program);
    const auto go = provide_recorded_go(settings.go_version, folder_of_go(roots), tools_);
    for (const auto& root : roots) name_other_folder(root, main, go, result);
    const auto task = tools_.reporter.start(fmt::format("building {} again", escaped(program.path)), 0);
    const auto flags = possible_linker_flags(program, settings);
    fs::path rebuilt;
    for (const auto& one : flags) {
      rebuilt = build_program({settings, main, go, work_, tools_}, one);
      result.built = true;
      result.equal = digest_of_file(rebuilt) == program.digest;
      if (result.equal) break;
    }
    if (!result.equal) {
      if (flags.size() > 1) rebuilt = build_program({settings, main, go, work_, tools_}, flags.front());
      compare(program, rebuilt, result);
    }
    task->done(result.equal ? "the same bytes" : "other bytes");
  }

  static fs::path folder_of_go(const std::vector<binaries::EmbeddedRoot>& roots) {
    for (const auto& root : roots)
      if (root.kind == binaries::EmbeddedRoot::Kind::toolchain) return root.path;
    return {};
  }

  // A folder in the program that is another one here, so that the bytes cannot be the same.
  void name_other_folder(const binaries::EmbeddedRoot& root, const builder::GoMain& main,
                         const builder::GoToolchain& go, RebuiltProgram& result) const {
    using Kind = binaries::EmbeddedRoot::Kind;
    const auto here = root.kind == Kind::toolchain      ? go.root
                      : root.kind == Kind::module_cache ? modules_of(tools_)
                                                        : main.project;
    if (is_in(root.path, here)) return;
    const auto* what = root.kind == Kind::toolchain      ? "Go"
                       : root.kind == Kind::module_cache ? "modules"
                                                         : "sources";
    result.obstacles.push_back(fmt::format("built without -trimpath with its {} in {}, which here is {}",
                                           what, shown(root.path), shown(here.native())));
  }

  // The files at hand, or those of the recorded commit. Without it, what git says is left out of the build.
  fs::path sources_of(ForeignSettings& settings, RebuiltProgram& result) {
    if (settings.revision.empty()) return source_;
    const auto without = [&](std::string why) {
      result.obstacles.push_back(std::move(why));
      std::replace(settings.flags.begin(), settings.flags.end(), std::string("-buildvcs=true"),
                   std::string("-buildvcs=false"));
      return source_;
    };
    const auto checkout = builder::GitCheckout::find(source_);
    if (!checkout)
      return without(fmt::format("built with -buildvcs=true at {}, and {} is in no git repository",
                                 settings.revision.substr(0, 12), shown(source_.native())));
    const auto below = fs::absolute(source_).lexically_normal().lexically_relative(
        fs::absolute(checkout->root()).lexically_normal());
    const auto folder = work_ / settings.revision;
    if (fs::exists(folder)) return folder / below;
    make_directories(folder);
    try {
      check_out_sealed(*checkout, settings.revision, folder, tools_.host.find_program("git"), tools_.stop);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::unsupported) throw;
      fs::remove_all(folder);
      return without(fmt::format("built with -buildvcs=true: {}", error.message()));
    }
    return folder / below;
  }

  static void compare(const GoProgram& program, const fs::path& rebuilt, RebuiltProgram& result) {
    const binaries::FileAccess original(program.file);
    const binaries::FileAccess again(rebuilt);
    comparison::Findings findings;
    comparison::compare_binaries(original, again, {program.path}, findings);
    result.differences = findings.count();
    for (const auto& cause : comparison::causes_of(findings)) {
      if (result.causes.size() == causes_shown) break;
      result.causes.push_back(cause.text);
    }
    if (result.causes.empty()) result.causes.emplace_back("no cause was found");
  }

  const fs::path& source_;
  const fs::path& work_;
  const GoTools& tools_;
  std::map<std::pair<Digest, std::string>, RebuiltProgram> built_ = {};
};

std::string told(const RebuiltProgram& program) {
  auto text = escaped(program.path);
  if (program.built)
    text += fmt::format(" differs from what was built again: {}", fmt::join(program.causes, "; "));
  else
    text += " could not be built again";
  if (!program.obstacles.empty()) text += fmt::format("; in the way: {}", fmt::join(program.obstacles, "; "));
  return fmt::format("{} ({})", text, program.settings);
}

}  // namespace

bool ForeignRebuild::holds() const {
  return !programs.empty() &&
         std::all_of(programs.begin(), programs.end(), [](const auto& program) { return program.equal; });
}

std::string ForeignRebuild::summary() const {
  const auto equal =
      std::count_if(programs.begin(), programs.end(), [](const auto& one) { return one.equal; });
  auto text = fmt::format("{} of {} programs of {} rebuilt to the same bytes", equal, programs.size(),
                          escaped(module));
  if (programs.empty()) text = fmt::format("no program in the image is of the module {}", escaped(module));
  std::vector<std::string> how;
  for (const auto& program : programs)
    if (program.equal && std::find(how.begin(), how.end(), program.settings) == how.end())
      how.push_back(program.settings);
  if (!how.empty()) text += fmt::format(" ({})", fmt::join(how, "; "));
  for (const auto& program : programs)
    if (!program.equal) text += "; " + told(program);
  text += fmt::format("; not built again: {} other files", other_files);
  if (!others.empty()) text += fmt::format(", {}", fmt::join(others, ", "));
  if (!other_layers.empty()) text += fmt::format(", all of {} layers", other_layers.size());
  return text;
}

ForeignRebuild rebuild_programs(const ProgramsOfImage& image, const fs::path& source, const fs::path& work,
                                const GoTools& tools) {
  ForeignRebuild result{module_at(source)};
  if (result.module.empty())
    throw Error(
        ErrorKind::unverified,
        fmt::format("without a provenance of whittle's, its Go programs could be built again, but {} is in "
                    "no Go module",
                    shown(source.native())))
        .hint("name a folder in its sources with --source, or leave this out with --no-rebuild");
  result.other_files = image.other_files;
  result.other_layers = image.other_layers;
  Rebuild rebuild(source, work, tools);
  for (const auto& program : image.programs) {
    const auto& main = program.info.main_module;
    if (main && main->path == result.module)
      result.programs.push_back(rebuild.run(program));
    else
      result.others.push_back(
          fmt::format("{} ({})", escaped(program.path), escaped(main ? main->path : program.info.path)));
  }
  return result;
}

Json to_json(const ForeignRebuild& rebuild) {
  const auto texts = [](const std::vector<std::string>& lines) {
    Json json = Json::array();
    for (const auto& line : lines) json.push_back(as_utf8(line));
    return json;
  };
  Json programs = Json::array();
  for (const auto& program : rebuild.programs)
    programs.push_back({{"path", as_utf8(program.path)},
                        {"platform", as_utf8(program.platform)},
                        {"digest", program.digest.text()},
                        {"settings", as_utf8(program.settings)},
                        {"built", program.built},
                        {"equal", program.equal},
                        {"differences", program.differences},
                        {"obstacles", texts(program.obstacles)},
                        {"causes", texts(program.causes)}});
  Json layers = Json::array();
  for (const auto& layer : rebuild.other_layers) layers.push_back(layer.text());
  return {
      {"module", as_utf8(rebuild.module)},      {"equal", rebuild.holds()},          {"programs", programs},
      {"otherPrograms", texts(rebuild.others)}, {"otherFiles", rebuild.other_files}, {"otherLayers", layers}};
}

}  // namespace whittle::optimizer
