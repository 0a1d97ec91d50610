#include "builder/gate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "binaries/build_info.hpp"
#include "binaries/elf.hpp"
#include "binaries/random_access.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

using binaries::BuildInfo;
using binaries::Elf;
using binaries::RandomAccess;

constexpr std::size_t block_size = 1U << 20U;
constexpr std::size_t longest_needle = 4096;

[[noreturn]] void refuse_program(std::string why, std::string hint = {}) {
  Error error(ErrorKind::policy, std::move(why));
  if (!hint.empty()) error.hint(std::move(hint));
  throw error;
}

void check_machine(const Elf& elf, const layers::Platform& platform) {
  const auto machine = binaries::machine_of(platform.architecture);
  if (machine && *machine != elf.machine)
    refuse_program(
        fmt::format("it is for ELF machine {}, {} needs {}", elf.machine, platform.text(), *machine));
  if (elf.has_writable_code()) refuse_program("it has a segment that is both writable and executable");
}

void check_static(const RandomAccess& file, const Elf& elf) {
  const auto libraries = binaries::needed_libraries(file, elf);
  if (!libraries.empty())
    refuse_program(fmt::format("it is linked against {}, and the image has no loader",
                               escaped(fmt::format("{}", fmt::join(libraries, ", ")))),
                   "a package that uses cgo or a -linkmode flag causes this; `go list -deps` shows which");
  if (const auto loader = binaries::interpreter_of(file, elf))
    refuse_program(fmt::format("it asks for the loader {}, and the image has none", shown(*loader)));
}

// The sums of go.sum lines "path version h1:…", as "path version h1:…".
std::set<std::string, std::less<>> known_sums(const std::vector<std::filesystem::path>& files) {
  std::set<std::string, std::less<>> lines;
  for (const auto& file : files) {
    const auto text = read_file_if_present(file, 64U << 20U);
    std::string_view rest = text ? std::string_view(*text) : std::string_view();
    while (!rest.empty()) {
      const auto line = rest.substr(0, rest.find('\n'));
      lines.emplace(line);
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
  }
  return lines;
}

void check_modules(const BuildInfo& info, const GateRules& rules) {
  if (rules.checksums.empty()) return;
  const auto sums = known_sums(rules.checksums);
  for (const auto& dependency : info.dependencies) {
    const auto& module = dependency.effective();
    if (module.sum.empty()) continue;  // a folder, or vendored
    if (!sums.contains(fmt::format("{} {} {}", module.path, module.version, module.sum)))
      refuse_program(fmt::format("its module {} {} has the sum {}, which go.sum does not state",
                                 escaped(module.path), escaped(module.version), escaped(module.sum)));
  }
}

void check_settings(const BuildInfo& info, const GateRules& rules) {
  const auto expect = [&](const char* name, std::string_view value) {
    const auto found = info.settings.find(name);
    if (found == info.settings.end() || found->second != value)
      refuse_program(fmt::format("its build information has {}={}, expected {}", name,
                                 found == info.settings.end() ? "nothing" : shown(found->second), value));
  };
  if (info.go_version.substr(0, info.go_version.find(' ')) != "go" + rules.go_version &&
      rules.go_version.find(' ') == std::string::npos)
    refuse_program(fmt::format("it was built by {}, not by Go {}", shown(info.go_version), rules.go_version));
  expect("GOOS", rules.platform.os);
  expect("GOARCH", rules.platform.architecture);
  if (!rules.any_cgo) expect("CGO_ENABLED", rules.cgo ? "1" : "0");
  expect("-trimpath", "true");
  if (!rules.compiler_flags) return;
  if (!rules.compiler_flags->empty())
    expect("-gcflags", *rules.compiler_flags);
  else if (const auto found = info.settings.find("-gcflags"); found != info.settings.end())
    refuse_program(fmt::format("its build information has -gcflags={}, which it was not built with",
                               shown(found->second)));
}

// Bytes that may not occur, and what follows them decides.
struct Needle {
  std::string text;
  bool only_sources = false;
  bool only_begins = false;  // a path, not within a longer one
};

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == '~';
}

bool is_path_byte(char c) {
  return static_cast<unsigned char>(c) > ' ' && c != 0x7f && c != '"' && c != '\'' && c != ':' && c != ',';
}

// The path that begins at `at`, as far as it looks like one.
std::string_view path_at(std::string_view block, std::size_t at) {
  std::size_t end = at;
  while (end < block.size() && end - at < 512 && is_path_byte(block[end])) ++end;
  return block.substr(at, end - at);
}

bool is_source_path(std::string_view path) {
  static constexpr std::array<std::string_view, 5> suffixes = {".go", ".s", ".c", ".h", ".cc"};
  return std::any_of(suffixes.begin(), suffixes.end(), [&](auto suffix) { return path.ends_with(suffix); });
}

void check_paths(const RandomAccess& file, const std::vector<Needle>& needles) {
  // Blocks overlap by the longest thing looked for, so that nothing hides on a border.
  char before_block = '\0';
  for (std::uint64_t offset = 0; offset < file.size(); offset += block_size) {
    const std::string block = file.read(offset, block_size + longest_needle);
    for (const auto& needle : needles) {
      for (auto at = block.find(needle.text); at != std::string::npos && at < block_size;
           at = block.find(needle.text, at + 1)) {
        const auto path = path_at(block, at);
        if (needle.only_begins && is_name_byte(at == 0 ? before_block : block[at - 1])) continue;
        if (!needle.only_sources || is_source_path(path))
          refuse_program(
              fmt::format("it holds a path of the build machine at offset {}: {}", offset + at, shown(path)),
              "a value given by -X, a generated file or a `//line` comment may carry it");
      }
    }
    if (block.size() > block_size) before_block = block[block_size - 1];
  }
}

std::vector<Needle> needles_of(const GateRules& rules) {
  std::vector<Needle> needles;
  for (const auto& folder : rules.private_folders)
    if (folder.native().size() > 4) needles.push_back({folder.native() + "/", false});
  // With -trimpath a file is called example.com/api/main.go, which has `/api/` in it: short folders of a
  // build machine, /api or /src/api, may be part of any such name.
  constexpr auto short_path = 3;  // elements, the root among them
  for (const auto& folder : rules.source_folders)
    if (folder.native().size() > 1)
      needles.push_back(
          {folder.native() + "/", true, std::distance(folder.begin(), folder.end()) <= short_path});
  return needles;
}

void check_program(const RandomAccess& file, const GateRules& rules) {
  if (!binaries::is_elf(file))
    refuse_program(fmt::format("it is not an ELF file; it begins with {}", shown(file.read(0, 16))));
  const Elf elf = binaries::read_elf(file);
  check_machine(elf, rules.platform);
  if (!rules.has_loader) check_static(file, elf);
  const auto info = binaries::read_build_info(file, elf);
  if (!info) refuse_program("it has no Go build information: it is packed, or not made by go");
  check_settings(*info, rules);
  check_modules(*info, rules);
}

}  // namespace

void check_binary(const std::filesystem::path& path, const GateRules& rules) {
  in_context(
      [&] { return fmt::format("checking the binary of {} for {}", rules.pattern, rules.platform.text()); },
      [&] {
        const binaries::FileAccess file(path);
        try {
          check_program(file, rules);
        } catch (const Error& error) {
          if (error.kind() != ErrorKind::integrity) throw;
          throw Error(ErrorKind::toolchain, fmt::format("go made a broken executable: {}", error.message()));
        }
        check_paths(file, needles_of(rules));
      });
}

}  // namespace whittle::builder
