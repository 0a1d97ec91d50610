#include "builder/compile.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <future>
#include <set>
#include <tuple>

#include "builder/gate.hpp"
#include "builder/go_errors.hpp"
#include "builder/go_list.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/json.hpp"
#include "common/parallel.hpp"
#include "common/subprocess.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view key_version = "binary 1";

std::vector<std::string> linker_flags(const CompileRequest& request) {
  std::vector<std::string> flags;
  if (request.profile == Profile::small) flags = {"-s", "-w"};
  flags.emplace_back("-buildid=");
  flags.insert(flags.end(), request.ldflags.begin(), request.ldflags.end());
  return flags;
}

// go splits -ldflags at blanks and understands quotes around an argument, but no escapes (cmd/internal/quoted).
std::string joined_for_go(const std::vector<std::string>& flags) {
  std::string joined;
  for (const auto& flag : flags) {
    if (!joined.empty()) joined += ' ';
    if (flag.find_first_of(" \t\n\r'\"") == std::string::npos) {
      joined += flag;
    } else if (flag.find('\'') == std::string::npos) {
      joined += fmt::format("'{}'", flag);
    } else if (flag.find('"') == std::string::npos) {
      joined += fmt::format("\"{}\"", flag);
    } else {
      throw Error(ErrorKind::spec, fmt::format("the linker flag {} holds both kinds of quotes, which go cannot take",
                                               shown(flag)));
    }
  }
  return joined;
}

std::vector<fs::path> checksum_files(const GoMain& main) {
  std::vector<fs::path> files = {main.module / "go.sum"};
  if (main.workspace.empty()) return files;
  files.push_back(fs::path(main.workspace).replace_extension(".work.sum"));
  for (const auto& folder : named_folders(main.workspace)) files.push_back(folder / "go.sum");
  return files;
}

Digest digest_file(const fs::path& path) {
  FileSource source(path);
  Hasher hasher;
  pump(source, hasher);
  return hasher.finish();
}

}  // namespace

// Requests that one go command can answer: equal settings, distinct executable names.
struct Compiler::Group {
  std::vector<std::size_t> members;  // indices into the requests
};

struct Compiler::Listing {
  Outcome outcome;
  std::vector<ListedPackage> packages;
};

Compiler::Compiler(const Host& host, const GoToolchain& go, Cache& cache, FileStates& states, CompilerOptions options,
                   Reporter& reporter, std::stop_token stop)
    : host_(host),
      go_(go),
      cache_(cache),
      states_(states),
      options_(options),
      reporter_(reporter),
      stop_(std::move(stop)),
      module_cache_(module_cache_of(host, cache.folder() / "go-mod")) {}

Compiler::~Compiler() = default;

// What decides which packages a main consists of, and where they lie here.
Digest Compiler::settings_of(const CompileRequest& request) const {
  const auto& main = request.main;
  KeyHasher key;
  key.add(main.project.native()).add(main.module.native()).add(main.workspace.native()).add(main.vendored ? "v" : "");
  key.add(request.platform.text()).add(fmt::format("{}", fmt::join(request.tags, ",")));
  key.add(go_.root.native()).add(module_cache_.native());
  return key.finish();
}

Dependencies& Compiler::dependencies_of(const CompileRequest& request) {
  const auto& main = request.main;
  const Digest settings = settings_of(request);
  const auto found = dependencies_.find(settings.text());
  if (found != dependencies_.end()) return found->second;
  return dependencies_
      .emplace(settings.text(), Dependencies::load(cache_.dependencies_file(settings),
                                                   {main.project, go_.root, module_cache_}))
      .first->second;
}

Digest Compiler::key_of(const CompileRequest& request, const Digest& inputs) const {
  KeyHasher key;
  key.add(key_version).add(go_.version).add(go_.identity.text()).add(request.platform.text());
  for (const auto& text : instruction_set(request.platform)) key.add(text);
  for (const auto& [name, value] : module_source_settings(host_)) key.add(name).add(value);
  key.add("ldflags");
  for (const auto& flag : linker_flags(request)) key.add(flag);
  key.add("tags");
  for (const auto& tag : request.tags) key.add(tag);
  key.add(request.main.vendored ? "vendor" : "readonly").add(request.main.workspace.empty() ? "" : "workspace");
  key.add(request.main.module.lexically_relative(request.main.project).native()).add(request.main.pattern);
  return key.add(inputs.text()).finish();
}

std::optional<Binary> Compiler::known(const CompileRequest& request) {
  const auto inputs = dependencies_of(request).check(request.main.pattern, states_, options_.jobs, stop_);
  if (!inputs) return std::nullopt;
  const auto value = cache_.get("binary", key_of(request, *inputs));
  if (!value) return std::nullopt;
  try {
    const Json json = parse_json(*value, "a cache entry");
    const Digest digest = Digest::parse(json.at("digest").get<std::string>());
    const auto size = json.at("size").get<std::uint64_t>();
    const auto file = cache_.binary(digest, size);
    if (!file) return std::nullopt;
    if (states_.file(file->native()) == digest) return Binary{digest, size, *file, false};
    reporter_.warn(fmt::format("the cached binary of {} was damaged; it is made again", request.main.pattern));
    cache_.discard_binary(digest);
    return std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt;  // an entry that cannot be read is a miss
  }
}

std::vector<Binary> Compiler::compile(const std::vector<CompileRequest>& requests) {
  std::vector<Binary> binaries(requests.size(), Binary{Digest::of(std::string_view()), 0, {}});
  // What must be compiled, grouped so that equal settings meet and executable names do not.
  std::map<std::tuple<GoMain, std::string, std::string>, std::vector<Group>> groups;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto& request = requests[i];
    if (auto binary = known(request)) {
      binaries[i] = std::move(*binary);
      continue;
    }
    GoMain where = request.main;
    where.pattern.clear();
    const std::string name = executable_name(request.main.pattern);
    auto& candidates = groups[{where, request.platform.text(),
                               fmt::format("{}\n{}", fmt::join(linker_flags(request), "\n"), fmt::join(request.tags, ","))}];
    const auto fits = [&](const Group& group) {
      return !name.empty() && std::none_of(group.members.begin(), group.members.end(), [&](std::size_t other) {
        const auto taken = executable_name(requests[other].main.pattern);
        return taken.empty() || taken == name;
      });
    };
    const auto group = std::find_if(candidates.begin(), candidates.end(), fits);
    if (group != candidates.end()) group->members.push_back(i);
    else candidates.push_back({{i}});
  }
  for (const auto& [settings, candidates] : groups)
    for (const auto& group : candidates) build(group, requests, binaries);
  return binaries;
}

void Compiler::forbid_changes() {
  if (const auto changed = states_.changed_since(options_.started))
    throw Error(ErrorKind::conflict, fmt::format("{} changed while the image was built", shown(*changed)))
        .hint("nothing was stored or pushed; run the command again");
}

void Compiler::build(const Group& group, const std::vector<CompileRequest>& requests, std::vector<Binary>& binaries) {
  const auto& first = requests[group.members.front()];
  std::vector<std::string> patterns;
  std::set<std::string> images;
  for (const auto member : group.members) {
    patterns.push_back(requests[member].main.pattern);
    images.insert(requests[member].image);
  }
  const std::string what = fmt::format("compiling {} for {} (image {})", fmt::join(patterns, " "), first.platform.text(),
                                       fmt::join(images, ", "));
  const TemporaryFolder work(cache_.temporary());
  const FileLock alive(work.path() / ".lock");
  const fs::path home = work.path() / "home";
  const fs::path output = work.path() / "out";
  make_directories(home);
  make_directories(output);
  GoFolders folders{host_.variable("GOCACHE").value_or(cache_.go_build().native()), module_cache_, home};

  Command build;
  build.argv = {go_.program.native(), "build", "-trimpath", "-buildvcs=false", fmt::format("-p={}", options_.jobs),
                fmt::format("-ldflags={}", joined_for_go(linker_flags(first)))};
  if (!first.tags.empty()) build.argv.push_back(fmt::format("-tags={}", fmt::join(first.tags, ",")));
  build.argv.push_back(fmt::format("-o={}/", output.native()));
  build.argv.emplace_back("--");
  build.argv.insert(build.argv.end(), patterns.begin(), patterns.end());
  build.environment =
      go_environment(host_, go_, folders, first.platform, first.main.workspace, first.main.vendored);
  build.directory = first.main.module;

  // Which files the packages consist of is asked at the same time: it takes a fraction of the compiler's time.
  auto listing = std::async(std::launch::async, [&, command = build]() mutable {
    command.argv = {go_.program.native(), "list", "-deps", fmt::format("-json={}", go_list_fields())};
    if (!first.tags.empty()) command.argv.push_back(fmt::format("-tags={}", fmt::join(first.tags, ",")));
    command.argv.emplace_back("--");
    command.argv.insert(command.argv.end(), patterns.begin(), patterns.end());
    Listing result{run(command, stop_), {}};
    if (result.outcome.succeeded()) result.packages = parse_go_list(result.outcome.output);
    return result;
  });
  auto task = reporter_.start(what, 0);
  Outcome outcome;
  try {
    outcome = run(build, stop_);
  } catch (...) {
    listing.wait();
    throw;
  }
  const Listing listed = listing.get();
  if (!outcome.succeeded()) throw go_failure(outcome, what);
  if (!listed.outcome.succeeded()) throw go_failure(listed.outcome, fmt::format("listing the packages of {}", fmt::join(patterns, " ")));
  task->done(fmt::format("compiled"));
  for (const auto member : group.members) {
    const auto& request = requests[member];
    std::string name = executable_name(request.main.pattern);
    fs::path file = output / name;
    if (name.empty())  // alone in its group: whatever go made
      for (const auto& entry : fs::directory_iterator(output)) file = entry.path();
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) {
      Error error(ErrorKind::source, fmt::format("{} is not a main package, or go made no executable of it",
                                                 shown(request.main.pattern)));
      throw error.context(what);
    }
    check_binary(file, {request.platform, go_.version, request.main.pattern, checksum_files(request.main),
                        {work.path(), folders.build_cache}, {request.main.project, request.main.module, module_cache_, go_.root},
                        request.main.vendored});
    Binary& binary = binaries[member];
    binary.digest = digest_file(file);
    binary.size = fs::file_size(file);
    binary.compiled = true;
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    binary.file = cache_.adopt_binary(file, binary.digest);
  }
  // Only now is it recorded what all of this was made from.
  std::map<std::string, std::string> mains;
  for (const auto member : group.members) {
    const auto& main = requests[member].main;
    const fs::path folder = (main.module / main.pattern).lexically_normal();
    for (const auto& package : listed.packages)
      if (package.named && (package.import_path == main.pattern || package.folder == folder || package.folder / "" == folder))
        mains[main.pattern] = package.import_path;
  }
  auto& dependencies = dependencies_of(first);
  dependencies.record(listed.packages, mains, shared_inputs(first.main, go_.root), states_, options_.jobs, stop_);
  forbid_changes();
  for (const auto member : group.members) keep(requests[member], binaries[member]);
  dependencies.save(cache_.dependencies_file(settings_of(first)));
}

Digest Compiler::inputs_of(const CompileRequest& request) {
  return dependencies_of(request).digest_of(request.main.pattern);
}

std::vector<fs::path> Compiler::own_files_of(const CompileRequest& request) {
  return dependencies_of(request).own_files_of(request.main.pattern);
}

void Compiler::keep(const CompileRequest& request, Binary& binary) {
  const Digest inputs = dependencies_of(request).digest_of(request.main.pattern);
  const Json value = {{"digest", binary.digest.text()}, {"size", binary.size}};
  cache_.put("binary", key_of(request, inputs), canonical(value));
}

}  // namespace whittle::builder
