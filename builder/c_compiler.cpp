#include "builder/c_compiler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "builder/cgo.hpp"
#include "builder/each_line.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view compiler_key_version = "c compiler 1";
constexpr std::string_view target_label = "Target: ";  // gcc -v
constexpr std::size_t output_limit = 4U << 20U;        // bytes

struct Architecture {
  std::string_view ours;
  std::string_view gnu;     // first word of a target: x86_64-linux-gnu
  std::string_view debian;  // in names of packages: gcc-x86-64-linux-gnu
};
constexpr std::array<Architecture, 2> compiler_architectures = {
    {{"amd64", "x86_64", "x86-64"}, {"arm64", "aarch64", "aarch64"}}};

const Architecture& architecture_of(const CompilerWish& wish) {
  for (const auto& one : compiler_architectures)
    if (one.ours == wish.platform.architecture) return one;
  throw Error(ErrorKind::unsupported, fmt::format("C is not compiled for {}", wish.platform.text()))
      .hint("`cgo: static` is for linux/amd64 and linux/arm64");
}

struct Candidate {
  std::string name;
  std::string libc;
};

// The best first: musl's programs are smaller and need no file at run time.
std::vector<Candidate> candidates(const CompilerWish& wish, const std::optional<LockedCompiler>& locked) {
  const auto& gnu = architecture_of(wish).gnu;
  std::vector<Candidate> all;
  if (wish.is_hosts) all.push_back({"musl-gcc", "musl"});
  all.push_back({fmt::format("{}-linux-musl-gcc", gnu), "musl"});
  if (wish.is_hosts) {
    all.push_back({"gcc", "musl"});  // where musl is the system's own library
    all.push_back({"gcc", "glibc"});
  }
  all.push_back({fmt::format("{}-linux-gnu-gcc", gnu), "glibc"});
  std::erase_if(all, [&](const Candidate& one) {
    return (wish.libc == Cgo::musl && one.libc != "musl") || (wish.libc == Cgo::glibc && one.libc != "glibc");
  });
  if (locked) std::erase_if(all, [&](const Candidate& one) { return one.libc != locked->libc; });
  return all;
}

// What to install, as Debian calls it.
std::string package_for(const CompilerWish& wish, const std::optional<LockedCompiler>& locked) {
  const bool glibc = wish.libc == Cgo::glibc || (locked && locked->libc == "glibc");
  if (wish.is_hosts) return glibc ? "`gcc` and `libc6-dev`" : "`musl-tools`";
  const auto& architecture = architecture_of(wish);
  if (wish.libc == Cgo::musl || (locked && locked->libc == "musl"))
    return fmt::format("a cross compiler `{}-linux-musl-gcc`", architecture.gnu);
  return fmt::format("`gcc-{}-linux-gnu`", architecture.debian);
}

// Programs that run the compiler somewhere else, or not at all: their bytes say nothing about it.
bool is_wrapper(const fs::path& program) {
  static constexpr std::array<std::string_view, 4> wrappers = {"ccache", "distcc", "icecc", "sccache"};
  std::error_code unresolved;
  const auto name = fs::canonical(program, unresolved).filename().native();
  return std::find(wrappers.begin(), wrappers.end(), name) != wrappers.end();
}

// What of many lines a linker or a compiler calls the matter.
std::string reason_in(std::string_view errors) {
  std::string reason;
  each_line(errors, [&](std::string_view line) {
    const bool says_why =
        line.find("cannot find") != std::string_view::npos || line.find("error: ") != std::string_view::npos;
    if (reason.empty() && says_why) reason = escaped(line);
  });
  return reason.empty() ? "it does not say why" : reason;
}

// What follows the first `label` that a line begins with.
std::string after(std::string_view text, std::string_view label) {
  std::string found;
  each_line(text, [&](std::string_view line) {
    if (found.empty() && line.starts_with(label)) found = line.substr(label.size());
  });
  return found;
}

// Where paths differ from machine to machine, what the files are called does not.
Digest digest_of(const std::map<fs::path, Digest>& files) {
  std::set<std::pair<std::string, std::string>> parts;
  for (const auto& [path, digest] : files) parts.emplace(path.filename().native(), digest.text());
  KeyHasher key;
  key.add(compiler_key_version);
  for (const auto& [name, digest] : parts) key.add(name).add(digest);
  return key.finish();
}

std::set<fs::path> paths_of(const std::map<fs::path, Digest>& files) {
  std::set<fs::path> paths;
  for (const auto& [path, digest] : files) paths.insert(path.lexically_normal());
  return paths;
}

Digest compiler_key(const fs::path& driver) {
  return KeyHasher().add(compiler_key_version).add(driver.native()).finish();
}

Json to_json(const LockedCompiler& compiler, const std::map<fs::path, Digest>& files) {
  Json parts = Json::object();
  for (const auto& [path, digest] : files) parts[as_utf8(path.native())] = digest.text();
  return {{"libc", compiler.libc},
          {"library", compiler.library},
          {"version", compiler.version},
          {"files", parts}};
}

}  // namespace

std::string CompilerWish::name() const {
  return fmt::format("{}/{} {}", platform.os, platform.architecture, name_of(libc));
}

std::string difference(const LockedCompiler& locked, const LockedCompiler& here) {
  if (locked.text() != here.text())
    return fmt::format("another C compiler: {} instead of {}", here.text(), locked.text());
  return fmt::format("another C compiler: {} of other bytes ({} instead of {})", here.text(),
                     here.digest.text(), locked.digest.text());
}

std::string compiler_path(const fs::path& driver) {
  return fmt::format("{}:/usr/local/bin:/usr/bin:/bin", driver.parent_path().native());
}

CCompilers::CCompilers(const Host& host, Cache& cache, std::stop_token stop)
    : host_(host),
      cache_(cache),
      states_(cache.states_file(Digest::of("C compilers"))),
      stop_(std::move(stop)) {}

std::optional<fs::path> CCompilers::program(const std::string& name) const {
  const auto search = host_.variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
  std::string_view rest = search;
  while (!rest.empty()) {
    const auto folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    Host one;
    one.environment["PATH"] = folder;
    const auto found = folder.empty() ? fs::path() : one.find_program(name);
    if (!found.empty() && !is_wrapper(found)) return found;
  }
  return std::nullopt;
}

std::optional<CCompiler> CCompilers::find(const CompilerWish& wish,
                                          const std::optional<LockedCompiler>& locked) {
  std::optional<Error> broken;
  for (const auto& candidate : candidates(wish, locked)) {
    const auto driver = program(candidate.name);
    if (!driver) continue;
    if (const auto found = found_.find(*driver); found != found_.end()) {
      if (found->second.identity.libc == candidate.libc) return found->second;
      continue;
    }
    try {
      auto compiler = known(*driver);
      if (!compiler) compiler = identify(*driver, wish);
      states_.save();
      const auto& kept = found_.emplace(*driver, std::move(*compiler)).first->second;
      if (kept.identity.libc == candidate.libc) return kept;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      if (!broken) broken = error;
    }
  }
  if (broken) throw Error(*broken);
  return std::nullopt;
}

CCompiler CCompilers::get(const CompilerWish& wish, const std::optional<LockedCompiler>& locked) {
  if (auto found = find(wish, locked)) return *found;
  const auto libc = locked ? fmt::format(" with {}", escaped(locked->libc)) : std::string();
  throw Error(ErrorKind::toolchain, fmt::format("there is no C compiler{} for {}, which `cgo: {}` needs",
                                                libc, wish.platform.text(), name_of(wish.libc)))
      .hint(fmt::format("install {}", package_for(wish, locked)));
}

// An entry that cannot be read is a miss.
std::optional<CCompiler> CCompilers::known(const fs::path& driver) {
  const auto text = cache_.get("cc", compiler_key(driver));
  if (!text) return std::nullopt;
  try {
    const Json json = parse_json(*text, "a cache entry");
    std::map<fs::path, Digest> files;
    for (const auto& [path, digest] : json.at("files").items()) {
      files.emplace(path, Digest::parse(digest.get<std::string>()));
      if (states_.file(path) != files.at(path)) return std::nullopt;
    }
    return CCompiler{driver,
                     {json.at("libc").get<std::string>(), json.at("library").get<std::string>(),
                      json.at("version").get<std::string>(), digest_of(files)},
                     paths_of(files)};
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

// Links a program that does nothing, and has compiler and linker say what they read for that.
Outcome CCompilers::link_nothing(const fs::path& driver, const CompilerWish& wish, const fs::path& work) {
  Command link;
  link.argv = {driver.native(), "-v", "-x", "c", "-", "-x", "none", "-o", (work / "program").native()};
  for (const auto& flag : c_flags(Profile::small)) link.argv.push_back(flag);
  for (const auto& flag : c_linker_flags(Profile::small)) link.argv.push_back(flag);
  for (const auto* flag : {"-Wl,-t", "-lm", "-lpthread", "-ldl", "-lrt", "-lresolv"})
    link.argv.emplace_back(flag);
  link.environment = {"LC_ALL=C", "PATH=" + compiler_path(driver), "TMPDIR=" + work.native()};
  link.directory = work;
  link.output_limit = output_limit;
  link.input = "int main(void) { return 0; }\n";
  auto linked = run(link, stop_);
  const auto target = after(linked.errors, target_label);
  if (linked.succeeded() && target.starts_with(architecture_of(wish).gnu)) return linked;
  const auto why = linked.succeeded() ? fmt::format("it is for {}", shown(target)) : reason_in(linked.errors);
  throw Error(ErrorKind::toolchain, fmt::format("{} links no static program for {}: {}",
                                                shown(driver.native()), wish.platform.text(), why))
      .hint(fmt::format("install {}", package_for(wish, std::nullopt)));
}

// The files that have a part in it, with their digests.
std::map<fs::path, Digest> CCompilers::parts_of(const fs::path& driver, const Outcome& linked,
                                                const fs::path& work) {
  std::set<fs::path> parts = {driver};
  each_line(linked.output, [&](std::string_view line) {
    if (line.starts_with('/') && !line.starts_with(work.native())) parts.insert(line);
  });
  for (const auto* label : {"Reading specs from ", "COLLECT_GCC=", "COLLECT_LTO_WRAPPER="})
    parts.insert(after(linked.errors, label));
  for (const auto* name : {"as", "cc1", "collect2", "ld", "lto1"})
    parts.insert(answer(driver, {fmt::format("-print-prog-name={}", name)}, work));
  parts.insert(answer(driver, {"-print-file-name=liblto_plugin.so"}, work));
  Host tools;
  tools.environment["PATH"] = compiler_path(driver);
  std::map<fs::path, Digest> files;
  for (const auto& part : parts) {
    const auto path = part.has_parent_path() ? part : tools.find_program(part.native());
    const auto digest = path.is_absolute() ? states_.file(path.native()) : std::nullopt;
    if (digest) files.emplace(path, *digest);
  }
  return files;
}

CCompiler CCompilers::identify(const fs::path& driver, const CompilerWish& wish) {
  const TemporaryFolder work(cache_.temporary());
  const auto linked = link_nothing(driver, wish, work.path());
  const auto files = parts_of(driver, linked, work.path());
  const auto library = std::find_if(files.begin(), files.end(),
                                    [](const auto& file) { return file.first.filename() == "libc.a"; });
  const bool musl = after(linked.errors, target_label).find("musl") != std::string::npos ||
                    driver.filename().native().find("musl") != std::string::npos;
  LockedCompiler identity{musl ? "musl" : "glibc",
                          library == files.end() ? std::string() : owner_of(library->first, work.path()),
                          answer(driver, {"--version"}, work.path()), digest_of(files)};
  cache_.put("cc", compiler_key(driver), canonical(to_json(identity, files)));
  return {driver, std::move(identity), paths_of(files)};
}

// The first line that the compiler says.
std::string CCompilers::answer(const fs::path& driver, std::vector<std::string> arguments,
                               const fs::path& work) {
  Command command;
  command.argv = {driver.native()};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.environment = {"LC_ALL=C", "PATH=" + compiler_path(driver), "TMPDIR=" + work.native()};
  command.directory = work;
  command.output_limit = output_limit;
  const auto outcome = run(command, stop_);
  return as_utf8(outcome.output.substr(0, outcome.output.find('\n')));
}

// The package that a file belongs to, "musl-dev 1.2.3-1", where Debian's tools know it; else "".
std::string CCompilers::owner_of(const fs::path& library, const fs::path& work) {
  const auto query = [&](std::vector<std::string> arguments) -> std::string {
    const auto dpkg = program("dpkg-query");
    if (!dpkg) return {};
    arguments.insert(arguments.begin(), dpkg->native());
    const auto outcome = run({arguments, {"LC_ALL=C", "PATH=/usr/bin:/bin"}, work, output_limit}, stop_);
    return outcome.succeeded() ? outcome.output.substr(0, outcome.output.find('\n')) : std::string();
  };
  std::error_code unresolved;
  const auto real = fs::canonical(library, unresolved);
  const auto found = query({"--search", real.native()});  // "musl-dev:amd64: /usr/lib/…/libc.a"
  const auto end = found.find(": /");
  if (unresolved || end == std::string::npos || found.find(',') < end) return {};
  return as_utf8(query({"--show", "--showformat=${Package} ${Version}", found.substr(0, end)}));
}

}  // namespace whittle::builder
