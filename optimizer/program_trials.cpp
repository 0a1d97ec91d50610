#include "optimizer/program_trials.hpp"

#include <fmt/format.h>

#include "builder/go_environment.hpp"
#include "builder/go_errors.hpp"
#include "common/error.hpp"
#include "common/file_digest.hpp"
#include "common/json.hpp"
#include "common/subprocess.hpp"
#include "common/text.hpp"
#include "evidence/split_lines.hpp"
#include "layers/layer_writer.hpp"
#include "optimizer/blind_linker.hpp"
#include "optimizer/stub_overlay.hpp"
#include "optimizer/trial_programs.hpp"

namespace whittle::optimizer {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_pass = 4U << 20U;
constexpr std::size_t largest_marks = 32U << 20U;
constexpr std::size_t largest_mod_file = 16U << 20U;

void write(const fs::path& file, std::string_view text) {
  write_file(file, text, AtomicFile::Durability::content);
}

// The only file that go has put into the folder of a trial.
fs::path only_file(const fs::path& folder, const std::string& what) {
  for (const auto& entry : fs::directory_iterator(folder)) return entry.path();
  throw Error(ErrorKind::source, fmt::format("go made no executable of {}", shown(what)));
}

}  // namespace

ProgramTrials::ProgramTrials(const TrialTools& tools, TrialProgram program)
    : tools_(tools), program_(std::move(program)), work_(tools.cache.temporary()) {
  builder::make_private_home(work_.path() / "home");
  make_directories(helpers());
  write(helpers() / "go.mod", "module whittle.invalid/trial\n\ngo 1.18\n");
}

builder::GoFolders ProgramTrials::folders() const {
  return {builder::build_cache_of(tools_.host, tools_.cache.go_build()),
          builder::module_cache_of(tools_.host, tools_.cache.folder() / "go-mod"), work_.path() / "home"};
}

builder::GoBuild ProgramTrials::command(std::vector<std::string> variation) {
  const auto& request = program_.request;
  const auto output = work_.path() / fmt::format("trial{}", ++trials_);
  make_directories(output);
  return {.where = request.main,
          .platform = request.platform,
          .patterns = {request.main.pattern},
          .linker_flags = builder::linker_flags(request),
          .inlining = request.inlining,
          .tags = request.tags,
          .cgo = builder::cgo_settings(request),
          .output = output,
          .jobs = tools_.jobs,
          .must_list = [] { return false; },
          .variation = std::move(variation)};
}

const std::vector<builder::ListedPackage>& ProgramTrials::packages() {
  if (packages_) return *packages_;
  auto listed = builder::list_packages(command({}), tools_.host, tools_.go, folders(), tools_.stop);
  const auto& pattern = program_.request.main.pattern;
  if (!listed.outcome.succeeded())
    throw builder::go_failure(listed.outcome, fmt::format("listing the packages of {}", pattern));
  return packages_.emplace(std::move(listed.packages));
}

fs::path ProgramTrials::built(std::vector<std::string> variation) {
  const auto build = command(std::move(variation));
  const auto result = builder::go_build(build, tools_.host, tools_.go, folders(), tools_.stop);
  const auto& pattern = program_.request.main.pattern;
  if (!result.compiled.succeeded())
    throw builder::go_failure(result.compiled, fmt::format("compiling {} otherwise, to measure it", pattern));
  return only_file(build.output, pattern);
}

attribution::Size ProgramTrials::layer_of(const fs::path& program,
                                          const layers::Compression& compression) const {
  layers::FileEntry entry;
  entry.mode = 0755;
  entry.size = fs::file_size(program);
  entry.content = digest_of_file(program);
  entry.is_private = true;
  entry.open = [program] { return std::make_unique<FileSource>(program); };
  layers::FileTree tree;
  tree.add(program_.path, std::move(entry));
  CountingSink compressed;
  const auto layer = layers::write_layer(tree, {compression, 0, tools_.jobs}, compressed, tools_.stop);
  return {layer.uncompressed_size, compressed.count()};
}

attribution::Size ProgramTrials::measured(const fs::path& linked) const {
  auto file = linked;
  if (program_.request.lines == builder::Lines::split) {
    file += ".split";
    evidence::split_lines(linked, file);
  }
  const auto size = layer_of(file, program_.compression);
  std::error_code ignored;
  fs::remove_all(linked.parent_path(), ignored);
  return size;
}

attribution::Size ProgramTrials::as_it_is() {
  if (!as_it_is_) as_it_is_ = measured(built({}));
  return *as_it_is_;
}

std::chrono::milliseconds ProgramTrials::time_to_compress(const layers::Compression& compression) {
  const auto program = built({});
  const auto start = std::chrono::steady_clock::now();
  layer_of(program, compression);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

// For this machine, whatever the program is for. Without a module cache: no module is needed, and go lets
// nobody replace files below it, where a GOROOT may lie as well.
void ProgramTrials::build_helper(const std::string& pattern, std::vector<std::string> variation) {
  const builder::GoMain where{helpers(), helpers(), {}, false, pattern};
  const builder::GoBuild build{.where = where,
                               .platform = tools_.machine,
                               .patterns = {pattern},
                               .linker_flags = {},
                               .inlining = {},
                               .tags = {},
                               .output = helpers() / "made",
                               .jobs = tools_.jobs,
                               .must_list = [] { return false; },
                               .variation = std::move(variation)};
  make_directories(build.output);
  auto own = folders();
  own.module_cache = own.temporary / "modules";
  const auto result = builder::go_build(build, tools_.host, tools_.go, own, tools_.stop);
  if (!result.compiled.succeeded())
    throw builder::go_failure(result.compiled,
                              fmt::format("compiling {}, to measure programs with it", pattern));
}

void ProgramTrials::make_helper(const std::string& name, std::string_view source) {
  if (fs::exists(helpers() / name)) return;
  make_directories(helpers() / name);
  write(helpers() / name / "main.go", source);
  build_helper("./" + name, {});
}

void ProgramTrials::make_blind_linker() {
  const auto pass = tools_.go.root / dead_code_pass;
  const auto source = read_file_if_present(pass, largest_pass);
  auto blind = source ? blinded(*source) : std::nullopt;
  if (!blind)
    throw Error(ErrorKind::unsupported, fmt::format("the linker of Go {} {}", tools_.go.version,
                                                    source ? "drops dead code in a way that is not known"
                                                           : "is not there as source"));
  write(helpers() / "deadcode.go", *blind);
  const Json overlay = {{"Replace", {{pass.native(), (helpers() / "deadcode.go").native()}}}};
  write(helpers() / "linker.json", canonical(overlay));
  build_helper("cmd/link", {fmt::format("-overlay={}", (helpers() / "linker.json").native())});
}

ProgramTrials::DynamicCalls ProgramTrials::without_dynamic_calls() {
  make_helper("relay", relay_source);
  make_blind_linker();
  const auto made = helpers() / "made";
  const auto program = built({fmt::format("-toolexec='{}'", (made / "relay").native())});
  const auto marks = read_file_if_present(made / "marks", largest_marks);
  if (!marks)
    throw Error(ErrorKind::toolchain, "go did not have the program linked by the linker it was told to use");
  return {parse_marks(*marks), measured(program)};
}

attribution::Size ProgramTrials::without(std::span<const builder::ListedPackage* const> without) {
  make_helper("stub", stub_source);
  const auto folder = work_.path() / fmt::format("stubs{}", trials_);
  make_directories(folder);
  const Command make{.argv = {(helpers() / "made" / "stub").native()},
                     .environment = {},
                     .directory = folder,
                     .input = canonical(stub_request(without, packages(), folder))};
  const auto printed = run(make, tools_.stop);
  if (!printed.succeeded())
    throw Error(ErrorKind::source, fmt::format("making empty packages failed: {}", escaped(printed.errors)));
  const auto overlay = overlay_for(parse_json(printed.output, "an overlay", ErrorKind::toolchain), without,
                                   packages(), folders().module_cache, folder);
  write(folder / "overlay.json", canonical(overlay.overlay));
  std::vector<std::string> variation = {fmt::format("-overlay={}", (folder / "overlay.json").native())};
  if (!overlay.go_mod_lines.empty()) {
    const auto& main = program_.request.main;
    if (!main.workspace.empty())
      throw Error(ErrorKind::unsupported, "modules of the module cache cannot be emptied in a workspace");
    write(folder / "go.mod", read_file(main.module / "go.mod", largest_mod_file) + overlay.go_mod_lines);
    write(folder / "go.sum", read_file_if_present(main.module / "go.sum", largest_mod_file).value_or(""));
    variation.push_back(fmt::format("-modfile={}", (folder / "go.mod").native()));
  }
  return measured(built(std::move(variation)));
}

}  // namespace whittle::optimizer
