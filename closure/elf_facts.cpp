#include "closure/elf_facts.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "binaries/elf.hpp"
#include "binaries/elf_dynamic.hpp"
#include "closure/go_commands.hpp"
#include "closure/string_constants.hpp"

namespace whittle::closure {
namespace {

constexpr std::uint16_t type_executable = 2;
constexpr std::uint64_t shf_alloc = 2;
constexpr std::uint64_t shf_code = 4;
constexpr std::size_t read_at_once = 64U << 10U;

// Names of functions, and what they have others do.
constexpr std::array<std::pair<std::string_view, Call>, 47> known_functions = {{
    {"dlopen", Call::open_library},
    {"dlmopen", Call::open_library},
    {"execvp", Call::run_command},
    {"execvpe", Call::run_command},
    {"execlp", Call::run_command},
    {"posix_spawnp", Call::run_command},
    {"g_spawn_async", Call::run_command},
    {"g_spawn_sync", Call::run_command},
    {"system", Call::run_shell},
    {"popen", Call::run_shell},
    {"getaddrinfo", Call::resolve_names},
    {"getnameinfo", Call::resolve_names},
    {"gethostbyname", Call::resolve_names},
    {"gethostbyname_r", Call::resolve_names},
    {"gethostbyname2", Call::resolve_names},
    {"gethostbyname2_r", Call::resolve_names},
    {"gethostbyaddr", Call::resolve_names},
    {"gethostbyaddr_r", Call::resolve_names},
    {"getservbyname", Call::resolve_names},
    {"getservbyname_r", Call::resolve_names},
    {"getservbyport", Call::resolve_names},
    {"getprotobyname", Call::resolve_names},
    {"getpwnam", Call::look_up_users},
    {"getpwnam_r", Call::look_up_users},
    {"getpwuid", Call::look_up_users},
    {"getpwuid_r", Call::look_up_users},
    {"getpwent", Call::look_up_users},
    {"getgrnam", Call::look_up_users},
    {"getgrnam_r", Call::look_up_users},
    {"getgrgid", Call::look_up_users},
    {"getgrgid_r", Call::look_up_users},
    {"getgrouplist", Call::look_up_users},
    {"initgroups", Call::look_up_users},
    {"iconv_open", Call::convert_text},
    {"localtime", Call::tell_time},
    {"localtime_r", Call::tell_time},
    {"localtime64", Call::tell_time},
    {"localtime64_r", Call::tell_time},
    {"mktime", Call::tell_time},
    {"tzset", Call::tell_time},
    {"__localtime64_r", Call::tell_time},
    {"tzalloc", Call::tell_time},
    {"pthread_exit", Call::end_threads},
    {"pthread_cancel", Call::end_threads},
    {"backtrace", Call::end_threads},
    {"setlocale", Call::set_locale},
    {"newlocale", Call::set_locale},
}};

std::uint32_t calls_of(const binaries::RandomAccess& file, const binaries::Elf& elf) {
  std::uint32_t calls = 0;
  binaries::each_import(file, elf, [&](std::string_view name) {
    for (const auto& function : known_functions)
      if (function.first == name) calls |= static_cast<std::uint32_t>(function.second);
  });
  return calls;
}

struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

// Where texts lie: data that is loaded and no code; everything loaded where sections are not told apart. No
// byte twice, however they overlap.
std::vector<Extent> data_of(const binaries::Elf& elf) {
  std::vector<Extent> extents;
  for (const auto& section : elf.sections)
    if (section.type != binaries::sht_nobits && (section.flags & shf_alloc) != 0 &&
        (section.flags & shf_code) == 0 &&
        (section.name.starts_with(".rodata") || section.name.starts_with(".data")))
      extents.push_back({section.offset, section.size});
  if (elf.sections.empty())
    for (const auto& segment : elf.segments)
      if (segment.type == binaries::pt_load) extents.push_back({segment.offset, segment.file_size});
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return a.offset < b.offset; });
  std::uint64_t end = 0;
  for (auto& extent : extents) {
    const auto begin = std::max(extent.offset, end);
    const auto stop = extent.offset + extent.size;
    extent = {begin, stop > begin ? stop - begin : 0};
    end = std::max(end, stop);
  }
  return extents;
}

void read_constants(const binaries::RandomAccess& file, const std::vector<Extent>& extents,
                    StringConstants& constants) {
  for (const auto& extent : extents) {
    for (std::uint64_t at = 0; at < extent.size;) {
      const auto piece =
          file.read(extent.offset + at,
                    static_cast<std::size_t>(std::min<std::uint64_t>(extent.size - at, read_at_once)));
      if (piece.empty()) break;
      constants.take(piece);
      at += piece.size();
    }
    constants.end_section();
  }
}

std::vector<std::string> sorted(std::set<std::string>& set) {
  std::vector<std::string> texts;
  texts.reserve(set.size());
  while (!set.empty()) texts.push_back(std::move(set.extract(set.begin()).value()));
  return texts;
}

}  // namespace

ElfFacts read_elf_facts(const binaries::RandomAccess& file) {
  const auto elf = binaries::read_elf(file);
  ElfFacts facts{elf.machine, elf.is_64_bit, elf.is_little_endian};
  facts.interpreter = binaries::interpreter_of(file, elf).value_or("");
  facts.is_executable = !facts.interpreter.empty() || elf.type == type_executable;
  facts.is_go = elf.section(".go.buildinfo") != nullptr || elf.section(".gopclntab") != nullptr;
  auto dynamic = binaries::read_dynamic(file, elf);
  facts.needed = std::move(dynamic.needed);
  facts.soname = std::move(dynamic.soname);
  facts.rpath = std::move(dynamic.rpath);
  facts.runpath = std::move(dynamic.runpath);
  facts.calls = calls_of(file, elf);
  const auto extents = data_of(elf);
  const StringConstants::Wanted wanted{facts.is_go,
                                       facts.does(Call::run_command) || facts.does(Call::run_shell)};
  StringConstants constants(wanted);
  read_constants(file, extents, constants);
  if (constants.is_rust() && !wanted.packed) {  // once more, now that it is known how its texts lie
    StringConstants again({true, wanted.commands});
    read_constants(file, extents, again);
    std::swap(constants, again);
  }
  if (facts.is_go) {
    auto commands = read_go_commands(file, elf);
    facts.computes_commands = commands.computes_some;
    facts.commands = sorted(commands.names);
  }
  facts.paths = sorted(constants.paths);
  facts.fragments = sorted(constants.fragments);
  facts.libraries = sorted(constants.libraries);
  facts.words = sorted(constants.words);
  return facts;
}

}  // namespace whittle::closure
