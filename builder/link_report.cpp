#include "builder/link_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "builder/each_line.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

enum class Matter { host_names, users, loading, character_sets, locales };

struct Traced {
  std::string_view function;
  Matter matter;
};
constexpr std::array<Traced, 14> traced = {{{"dlopen", Matter::loading},
                                            {"getaddrinfo", Matter::host_names},
                                            {"gethostbyaddr_r", Matter::host_names},
                                            {"gethostbyname", Matter::host_names},
                                            {"gethostbyname2_r", Matter::host_names},
                                            {"gethostbyname_r", Matter::host_names},
                                            {"getgrgid_r", Matter::users},
                                            {"getgrnam_r", Matter::users},
                                            {"getgrouplist", Matter::users},
                                            {"getpwnam_r", Matter::users},
                                            {"getpwuid_r", Matter::users},
                                            {"getservbyname_r", Matter::host_names},
                                            {"iconv_open", Matter::character_sets},
                                            {"setlocale", Matter::locales}}};

struct Pitfall {
  Matter matter;
  std::string_view libc;
  std::string_view text;
};
// musl has names, users and character sets in itself, and takes every locale for C.UTF-8.
constexpr std::array<Pitfall, 6> known = {{
    {Matter::host_names, "glibc",
     "its C resolves host names: glibc asks files and DNS by itself (since 2.34), but for whatever else "
     "nsswitch.conf names it loads libnss_*.so of the very same glibc. Take `cgo: static-musl`, or resolve "
     "names in Go"},
    {Matter::users, "glibc",
     "its C looks users or groups up: glibc reads /etc/passwd and /etc/group by itself (since 2.34), but for "
     "whatever else nsswitch.conf names it loads libnss_*.so of the very same glibc. Take `cgo: "
     "static-musl`, "
     "or look them up in Go"},
    {Matter::loading, "glibc",
     "its C loads libraries at run time: a static program can do so only beside the very glibc it was "
     "linked with. Leave that part out by a build tag (go-sqlite3 has sqlite_omit_load_extension) unless "
     "it is never used"},
    {Matter::loading, "musl",
     "its C loads libraries at run time: a static program of musl cannot, and the call fails. Leave that "
     "part out by a build tag (go-sqlite3 has sqlite_omit_load_extension) unless it is never used"},
    {Matter::character_sets, "glibc",
     "its C converts character sets: glibc needs files in /usr/lib/…/gconv for that, which a small image "
     "lacks, and the call fails. Take `cgo: static-musl`, which has the usual ones in itself"},
    {Matter::locales, "glibc",
     "its C sets a locale: glibc reads all but C from /usr/lib/locale, which a small image lacks, and the "
     "call fails. Take `cgo: static-musl`, to which every locale is C.UTF-8"},
}};

constexpr std::string_view definition = ": definition of ";
constexpr std::string_view reference = ": reference to ";

bool is_traced(std::string_view function) {
  return std::any_of(traced.begin(), traced.end(),
                     [&](const Traced& one) { return one.function == function; });
}

// What `mark` and a traced function end the line with; "" for another line.
std::string_view function_after(std::string_view line, std::string_view mark) {
  const auto at = line.rfind(mark);
  if (at == std::string_view::npos) return {};
  const auto function = line.substr(at + mark.size());
  return is_traced(function) ? function : std::string_view();
}

// A path alone, of something that a linker reads.
bool is_file_line(std::string_view line) {
  if (!line.starts_with('/') || line.find(": ") != std::string_view::npos) return false;
  return line.ends_with(".o") || line.ends_with(".a") || line.ends_with(".lo") || line.ends_with(".so") ||
         line.ends_with(')');
}

// Go's objects, and what compiler and linker make of them, lie in folders and under names of their own.
bool is_made(const fs::path& file) {
  const auto name = file.filename().native();
  const auto folder = file.parent_path().filename().native();
  return folder.starts_with("go-link-") || (name.starts_with("cc") && name.ends_with(".ltrans.o"));
}

}  // namespace

std::vector<std::string> link_report_flags() {
  std::vector<std::string> flags = {"-Wl,-t"};
  for (const auto& one : traced) flags.push_back(fmt::format("-Wl,-y,{}", one.function));
  return flags;
}

LinkReport read_link_report(std::string_view errors) {
  LinkReport report;
  each_line(errors, [&](std::string_view line) {
    const auto function = function_after(line, definition);
    if (!function.empty()) report.functions.emplace(function);
    if (!is_file_line(line)) return;
    auto file = fs::path(line).lexically_normal();
    if (!is_made(file)) report.files.insert(std::move(file));
  });
  return report;
}

std::string without_link_report(std::string_view errors) {
  std::string rest;
  each_line(errors, [&](std::string_view line) {
    const bool told = is_file_line(line) || !function_after(line, definition).empty() ||
                      !function_after(line, reference).empty();
    if (!told) rest.append(line).push_back('\n');
  });
  return rest;
}

std::vector<std::string> pitfalls(const LinkReport& report, std::string_view libc) {
  std::vector<std::string> lines;
  for (const auto& one : known) {
    std::vector<std::string_view> functions;
    for (const auto& candidate : traced)
      if (candidate.matter == one.matter && report.functions.contains(std::string(candidate.function)))
        functions.push_back(candidate.function);
    if (one.libc == libc && !functions.empty())
      lines.push_back(fmt::format("{} ({})", one.text, fmt::join(functions, ", ")));
  }
  return lines;
}

}  // namespace whittle::builder
