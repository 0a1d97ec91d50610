#include "builder/compile.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <future>
#include <numeric>
#include <set>

#include "builder/arrivals.hpp"
#include "builder/cgo.hpp"
#include "builder/gate.hpp"
#include "builder/go_errors.hpp"
#include "builder/go_list.hpp"
#include "builder/link_report.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/file_digest.hpp"
#include "common/json.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "evidence/split_lines.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view binary_key_version = "binary 2";
constexpr std::string_view split_version = "lines 1";

Digest lines_key(const Digest& program) {
  return KeyHasher().add(split_version).add(program.text()).finish();
}

// A file of the cache that an entry of its index names.
struct Stored {
  Digest digest;
  std::uint64_t size = 0;
  fs::path file;
};

std::string entry_of(const Digest& digest, std::uint64_t size) {
  return canonical({{"digest", digest.text()}, {"size", size}});
}

// An entry that cannot be read is a miss.
std::optional<Stored> stored(const Cache& cache, std::string_view kind, const Digest& key) {
  const auto value = cache.get(kind, key);
  if (!value) return std::nullopt;
  try {
    const Json json = parse_json(*value, "a cache entry");
    const Digest digest = Digest::parse(json.at("digest").get<std::string>());
    const auto size = json.at("size").get<std::uint64_t>();
    const auto file = cache.binary(digest, size);
    return file ? std::optional(Stored{digest, size, *file}) : std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::optional<Stored> lines_in(const Cache& cache, const Digest& program) {
  return stored(cache, "lines", lines_key(program));
}

// go makes nothing of a package that is no command, and says nothing then; of a command it has to.
Error no_executable(const CompileRequest& request, const GoBuildResult& result) {
  const auto path = import_path_of(result.packages, request.main);
  const bool command = std::any_of(result.packages.begin(), result.packages.end(), [&](const auto& package) {
    return path && package.import_path == *path && package.name == "main";
  });
  if (command || !result.listed)  // not listed: it was a command the last time, and is the same still
    return Error(ErrorKind::toolchain, fmt::format("go said that all went well, but made no executable of {}",
                                                   shown(request.main.pattern)))
        .hint("install Go again, whole, and put its bin folder first in PATH");
  return Error(ErrorKind::source, fmt::format("{} is not a main package: go made no executable of it",
                                              shown(request.main.pattern)))
      .hint("name the folder of a package that begins with `package main`");
}

struct EndOfArrivals {
  Arrivals& arrivals;
  ~EndOfArrivals() { arrivals.end(); }
};

}  // namespace

std::vector<std::string> linker_flags(const CompileRequest& request) {
  std::vector<std::string> flags;
  if (request.profile != Profile::debug) flags = {"-s", "-w"};
  flags.emplace_back("-buildid=");
  if (request.c_compiler)
    for (auto& flag : cgo_linker_flags(request.profile)) flags.push_back(std::move(flag));
  flags.insert(flags.end(), request.ldflags.begin(), request.ldflags.end());
  return flags;
}

void add_settings(KeyHasher& key, const CompileRequest& request, const GoToolchain& go) {
  key.add(go.version).add(go.identity.text()).add(request.platform.text());
  for (const auto& text : instruction_set(request.platform)) key.add(text);
  key.add("ldflags");
  for (const auto& flag : linker_flags(request)) key.add(flag);
  key.add("tags");
  for (const auto& tag : request.tags) key.add(tag);
  key.add(request.main.vendored ? "vendor" : "readonly")
      .add(request.main.workspace.empty() ? "" : "workspace");
  key.add(request.main.module.lexically_relative(request.main.project).native()).add(request.main.pattern);
  if (request.lines == Lines::split) key.add(split_version);
  if (!request.inlining.empty()) key.add("inlining");
  for (const auto& flag : request.inlining) key.add(flag);
  if (!request.c_compiler) return;
  key.add("cgo").add(request.c_compiler->identity.digest.text());
  for (const auto& flag : c_flags(request.profile)) key.add(flag);
}

std::optional<CgoSettings> cgo_settings(const CompileRequest& request) {
  if (!request.c_compiler) return std::nullopt;
  return cgo_settings(*request.c_compiler, request.profile);
}

std::optional<std::string> cached_lines(const Cache& cache, const Digest& program) {
  const auto stored = lines_in(cache, program);
  if (!stored) return std::nullopt;
  auto bytes = read_file_if_present(stored->file, evidence::largest_split_lines);
  if (!bytes || Digest::of(*bytes) != stored->digest) return std::nullopt;
  return bytes;
}

void cache_lines(Cache& cache, const Digest& program, std::string_view lines) {
  const auto digest = Digest::of(lines);
  const TemporaryFolder work(cache.temporary());
  const auto file = work.path() / "lines";
  write_file(file, lines, AtomicFile::Durability::content);
  cache.adopt_binary(file, digest);
  cache.put("lines", lines_key(program), entry_of(digest, lines.size()));
}

Compiler::Compiler(const Host& host, const GoToolchain& go, Cache& cache, FileStates& states,
                   FileStates& results, CompilerOptions options, Reporter& reporter, std::stop_token stop)
    : host_(host),
      go_(go),
      cache_(cache),
      states_(states),
      results_(results),
      options_(options),
      reporter_(reporter),
      stop_(std::move(stop)),
      folders_{build_cache_of(host, cache.go_build()), module_cache_of(host, cache.folder() / "go-mod"), {}},
      module_sources_(module_source_settings(host)) {}

// What decides which packages a main consists of, and where they lie here.
Digest Compiler::settings_of(const CompileRequest& request) const {
  const auto& main = request.main;
  KeyHasher key;
  key.add(main.project.native())
      .add(main.module.native())
      .add(main.workspace.native())
      .add(main.vendored ? "v" : "");
  key.add(request.platform.text()).add(fmt::format("{}", fmt::join(request.tags, ",")));
  key.add(go_.root.native()).add(folders_.module_cache.native());
  if (request.c_compiler) key.add("cgo");
  return key.finish();
}

Dependencies& Compiler::dependencies_of(const CompileRequest& request) {
  const auto& main = request.main;
  const Digest settings = settings_of(request);
  const auto found = dependencies_.find(settings.text());
  if (found != dependencies_.end()) return found->second;
  return dependencies_
      .emplace(settings.text(), Dependencies::load(cache_.dependencies_file(settings),
                                                   {main.project, go_.root, folders_.module_cache}))
      .first->second;
}

Digest Compiler::key_of(const CompileRequest& request, const Digest& inputs) const {
  KeyHasher key;
  key.add(binary_key_version);
  add_settings(key, request, go_);
  for (const auto& [name, value] : module_sources_) key.add(name).add(value);
  return key.add(inputs.text()).finish();
}

std::optional<Binary> Compiler::known(const CompileRequest& request) {
  const auto inputs = dependencies_of(request).check(request.main.pattern, states_, options_.jobs, stop_);
  if (!inputs) return std::nullopt;
  const auto binary = stored(cache_, "binary", key_of(request, *inputs));
  if (!binary) return std::nullopt;
  const bool split = request.lines == Lines::split;
  try {
    if (results_.file(binary->file.native()) != binary->digest) {
      reporter_.warn(
          fmt::format("the cached binary of {} was damaged; it is made again", request.main.pattern));
      cache_.discard_binary(binary->digest);
      return std::nullopt;
    }
    if (split && !has_lines(binary->digest)) return std::nullopt;
    return Binary{binary->digest, binary->size, binary->file, false, split};
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

void Compiler::compile(const Requests& requests, const Ready& ready) {
  std::vector<std::size_t> all(requests.size());
  std::iota(all.begin(), all.end(), 0);
  make(requests, find(requests, all, ready), ready);
}

std::vector<std::size_t> Compiler::find(const Requests& requests, const std::vector<std::size_t>& wanted,
                                        const Ready& ready) {
  std::vector<std::size_t> stale;
  for (const auto i : wanted) {
    if (const auto binary = known(requests[i]))
      ready(i, *binary);
    else
      stale.push_back(i);
  }
  return stale;
}

void Compiler::make(const Requests& requests, std::vector<std::size_t> stale, const Ready& ready) {
  if (stale.empty()) return;
  start_clock();
  if (elsewhere_ != nullptr) stale = compile_elsewhere(requests, std::move(stale), ready);
  for (const auto& group : grouped(requests, stale)) build(group, requests, ready);
}

bool Compiler::have_same_settings(const CompileRequest& a, const CompileRequest& b) {
  return a.main.module == b.main.module && a.main.workspace == b.main.workspace && a.platform == b.platform &&
         a.tags == b.tags && linker_flags(a) == linker_flags(b) && a.inlining == b.inlining &&
         cgo_settings(a) == cgo_settings(b);
}

// Whether one go command can answer it beside the others.
bool Compiler::can_join(const Group& group, std::size_t index, const Requests& requests) {
  const auto name = executable_name(requests[index].main.pattern);
  return !name.empty() && have_same_settings(requests[group.front()], requests[index]) &&
         std::none_of(group.begin(), group.end(), [&](std::size_t other) {
           const auto taken = executable_name(requests[other].main.pattern);
           return taken.empty() || taken == name;
         });
}

std::vector<Compiler::Group> Compiler::grouped(const Requests& requests,
                                               const std::vector<std::size_t>& stale) const {
  std::vector<Group> groups;
  for (const auto index : stale) {
    const auto group = std::find_if(groups.begin(), groups.end(),
                                    [&](const Group& one) { return can_join(one, index, requests); });
    if (group != groups.end())
      group->push_back(index);
    else
      groups.push_back({index});
  }
  return groups;
}

// What go has made of a group so far.
struct Compiler::Taken {
  const Group& group;
  const Requests& requests;
  const Ready& ready;
  fs::path work;
  std::map<std::size_t, Binary> binaries = {};  // by request

  // The request that an executable of that name answers, unless it was taken already. While go runs it makes
  // other files beside the executables; afterwards, one whose name is not known in advance is alone there.
  std::optional<std::size_t> request_of(const std::string& name, bool go_runs) const {
    for (const auto member : group) {
      const auto expected = executable_name(requests[member].main.pattern);
      if ((expected == name || (expected.empty() && !go_runs)) && !binaries.contains(member)) return member;
    }
    return std::nullopt;
  }
};

void Compiler::build(const Group& group, const Requests& requests, const Ready& ready) {
  const auto& first = requests[group.front()];
  const TemporaryFolder work(cache_.temporary());
  folders_.temporary = work.path() / "home";
  make_private_home(folders_.temporary);
  make_directories(work.path() / "out");
  const std::string what = describe(group, requests);
  GoBuild command{first.main,          first.platform,      {},
                  linker_flags(first), first.inlining,      first.tags,
                  cgo_settings(first), work.path() / "out", options_.jobs};
  for (const auto member : group) command.patterns.push_back(requests[member].main.pattern);
  command.must_list = [&] { return must_list(group, requests); };
  auto task = reporter_.start(what, 0);
  Taken taken{group, requests, ready, work.path()};
  auto result = in_context([&] { return what; }, [&] { return run_go(command, taken); });
  if (first.c_compiler) {
    if (result.compiled.succeeded()) check_link(first, result.compiled.errors, what);
    result.compiled.errors = without_link_report(result.compiled.errors);
  }
  if (!result.compiled.succeeded())
    throw with_places(go_failure(result.compiled, describe(concerned(group, requests, result), requests)));
  if (result.listed && !result.listed->succeeded())
    throw go_failure(*result.listed, "listing the packages after " + what);
  task->done("done");
  for (const auto member : group)
    if (!taken.binaries.contains(member)) throw no_executable(requests[member], result);
  if (options_.keep_records) record(group, requests, taken.binaries, result);
}

// Libraries of this machine that the C compiler's identity does not cover would be part of the program and of
// no key.
void Compiler::check_link(const CompileRequest& request, const std::string& errors, const std::string& what) {
  const auto& compiler = *request.c_compiler;
  const auto report = read_link_report(errors);
  std::set<fs::path> release = {};  // what comes with the compiler lies where its objects lie
  for (const auto& part : compiler.parts)
    if (part.filename() == "libgcc.a") release.insert(part.parent_path());
  const std::vector<fs::path> own = {request.main.project, request.main.module, folders_.module_cache};
  for (const auto& file : report.files) {
    const auto lies_in = [&](const fs::path& folder) {
      return file.native().starts_with(folder.native() + '/');
    };
    if (compiler.parts.contains(file) || release.contains(file.parent_path()) ||
        std::any_of(own.begin(), own.end(), lies_in))
      continue;
    throw Error(ErrorKind::policy,
                fmt::format("{}: its C is linked with {} of this machine, which no lock names", what,
                            shown(file.native())))
        .hint("have the C sources in a module, as go-sqlite3 does, or the library in the project");
  }
  for (const auto& line : pitfalls(report, compiler.identity.libc)) {
    auto warning = fmt::format("{}: {}", request.main.pattern, line);
    if (warned_.insert(warning).second) reporter_.warn(warning);
  }
}

// go's own words seldom say which disk is full.
Error Compiler::with_places(Error error) const {
  if (error.kind() == ErrorKind::io)
    error.hint(fmt::format("go writes to {} and {}: free space there and run the command again",
                           shown(folders_.temporary.native()), shown(folders_.build_cache.native())));
  return error;
}

// Runs go, and takes each executable while go still links others.
GoBuildResult Compiler::run_go(const GoBuild& command, Taken& taken) {
  const auto take_file = [&](const std::string& name, bool go_runs) {
    const auto member = taken.request_of(name, go_runs);
    if (!member) return;
    const auto& binary =
        taken.binaries.emplace(*member, take(taken.requests[*member], command.output / name, taken.work))
            .first->second;
    taken.ready(*member, binary);
  };
  Arrivals arrivals(command.output);
  std::stop_source cancel;
  const std::stop_callback forwarded(stop_, [&] { cancel.request_stop(); });
  auto compiling = std::async(std::launch::async, [&] {
    const EndOfArrivals end{arrivals};
    return go_build(command, host_, go_, folders_, cancel.get_token());
  });
  try {
    while (const auto name = arrivals.next()) take_file(*name, true);
  } catch (...) {
    cancel.request_stop();  // nothing that go still makes would be used
    compiling.wait();
    throw;
  }
  auto result = compiling.get();
  if (result.compiled.succeeded())  // what was not told
    for (const auto& entry : fs::directory_iterator(command.output))
      take_file(entry.path().filename().native(), false);
  return result;
}

// "compiling ./cmd/api for linux/amd64 (image api)"
std::string Compiler::describe(const Group& group, const Requests& requests) {
  std::vector<std::string> patterns;
  std::set<std::string> images;
  for (const auto member : group) {
    patterns.push_back(requests[member].main.pattern);
    images.insert(requests[member].image);
  }
  return fmt::format("compiling {} for {} (image {})", fmt::join(patterns, " "),
                     requests[group.front()].platform.text(), fmt::join(images, ", "));
}

// Whether it is not known what packages the group consists of. Beside the compiler this costs nothing.
bool Compiler::must_list(const Group& group, const Requests& requests) {
  if (!options_.keep_records) return false;
  return !std::all_of(group.begin(), group.end(), [&](std::size_t member) {
    const auto& request = requests[member];
    return dependencies_of(request).same_packages(request.main.pattern, states_, options_.jobs, stop_);
  });
}

std::vector<std::string> Compiler::packages_of(const CompileRequest& request, const GoBuildResult& result) {
  if (!result.listed) return dependencies_of(request).packages_of(request.main.pattern);
  const auto path = import_path_of(result.packages, request.main);
  return path ? closure_of(result.packages, *path) : std::vector<std::string>();
}

// Those of the group that a package consists of which go could not compile: go writes "# IMPORT/PATH" above
// its lines.
Compiler::Group Compiler::concerned(const Group& group, const Requests& requests,
                                    const GoBuildResult& result) {
  if (!options_.keep_records) return group;  // nor does anybody know what they consist of
  const std::string errors = "\n" + result.compiled.errors;
  Group members;
  for (const auto member : group) {
    const auto packages = packages_of(requests[member], result);
    if (std::any_of(packages.begin(), packages.end(), [&](const std::string& package) {
          return errors.find(fmt::format("\n# {}\n", package)) != std::string::npos;
        }))
      members.push_back(member);
  }
  return members.empty() ? group : members;
}

// Takes an executable that go made through the gate and into the cache.
Binary Compiler::take(const CompileRequest& request, const fs::path& made, const fs::path& work) {
  const auto& main = request.main;
  GateRules rules{request.platform,
                  go_.version,
                  main.pattern,
                  checksum_files(main),
                  {work, folders_.build_cache},
                  {main.project, main.module, folders_.module_cache, go_.root}};
  rules.cgo = request.c_compiler.has_value();
  rules.compiler_flags = request.inlining.empty() ? "" : request.inlining.back();
  auto file = made;
  if (request.lines == Lines::split) {
    check_binary(made, rules);  // what is kept apart is seen by others, too
    file = work / made.filename().concat(".split");
    in_context([&] { return fmt::format("keeping the line tables of {} apart", shown(main.pattern)); },
               [&] { split(made, file); });
  }
  auto digest = std::async(std::launch::async, [&] { return digest_of_file(file); });
  check_binary(file, rules);
  Binary binary{digest.get(), fs::file_size(file), {}, true, request.lines == Lines::split};
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  binary.file = cache_.adopt_binary(file, binary.digest);
  return binary;
}

void Compiler::split(const fs::path& linked, const fs::path& to) {
  const auto result = evidence::split_lines(linked, to);
  cache_lines(cache_, result.program, result.lines);
}

bool Compiler::has_lines(const Digest& program) {
  const auto lines = lines_in(cache_, program);
  return lines && results_.file(lines->file.native()) == lines->digest;
}

// Records what the binaries were made from, unless it changed meanwhile.
void Compiler::record(const Group& group, const Requests& requests,
                      const std::map<std::size_t, Binary>& binaries, const GoBuildResult& result) {
  const auto& first = requests[group.front()];
  auto& dependencies = dependencies_of(first);
  std::vector<std::string> patterns;
  std::map<std::string, std::string> mains;
  for (const auto member : group) {
    const auto& pattern = patterns.emplace_back(requests[member].main.pattern);
    if (auto path = import_path_of(result.packages, requests[member].main)) mains[pattern] = std::move(*path);
  }
  if (result.listed)
    dependencies.record(result.packages, mains, shared_inputs(first.main, go_.root), states_, options_.jobs,
                        stop_);
  else
    dependencies.refresh(patterns, states_, options_.jobs, stop_);
  throw_if_changed();
  for (const auto member : group) {
    const auto& request = requests[member];
    if (result.listed && !mains.contains(request.main.pattern))
      throw Error(ErrorKind::toolchain,
                  fmt::format("`go list` does not name {}", shown(request.main.pattern)));
    keep_entry(request, binaries.at(member));
  }
  dependencies.save(cache_.dependencies_file(settings_of(first)));
}

// What changed before is read again; what changes from now on may or may not be what is compiled.
void Compiler::start_clock() {
  started_ = next_file_time();
  states_.forget_changed();
}

void Compiler::throw_if_changed() {
  if (const auto changed = states_.changed_since(started_, folders_.module_cache))
    throw Error(ErrorKind::conflict, fmt::format("{} changed while the image was built", shown(*changed)))
        .hint("nothing was stored or pushed; run the command again");
}

void Compiler::keep_entry(const CompileRequest& request, const Binary& binary) {
  const auto inputs = dependencies_of(request).digest_of(request.main.pattern);
  cache_.put("binary", key_of(request, inputs), entry_of(binary.digest, binary.size));
}

}  // namespace whittle::builder
