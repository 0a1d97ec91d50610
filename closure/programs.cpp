// Rules for programs and libraries: what the C library does for them, and what their constants name.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "closure/name_services.hpp"
#include "closure/rules.hpp"
#include "closure/shebang.hpp"
#include "closure/shell_words.hpp"
#include "common/text.hpp"
#include "layers/image_path.hpp"

namespace whittle::closure {
namespace {

using Node = Needs::Node;

// Known well enough that their constants say nothing: rules stand for what they open (closure_known.cpp). By
// how their names begin.
constexpr std::array<std::string_view, 44> known_libraries = {
    "ld-linux",  "ld-musl",    "ld64",         "ld.so",     "libBrokenLocale", "libanl.",    "libattr.",
    "libacl.",   "libaudit",   "libblkid",     "libbz2",    "libc.",           "libcap",     "libcrypt.",
    "libcrypto", "libdl.",     "libdb-",       "libgcc_s",  "libgcrypt",       "libgnutls",  "libgpg-error",
    "liblzma",   "libm.",      "libmount",     "libmvec",   "libncurses",      "libnsl",     "libnss",
    "libpam",    "libpcre",    "libpthread",   "libresolv", "librt.",          "libselinux", "libssl",
    "libstdc++", "libsystemd", "libthread_db", "libtinfo",  "libudev",         "libutil.",   "libuuid",
    "libz.",     "libzstd"};

bool is_known_library(std::string_view name) {
  return std::any_of(known_libraries.begin(), known_libraries.end(),
                     [&](std::string_view known) { return name.starts_with(known); });
}

// Their words are those of a language or of what users hand them.
bool has_words_of_its_own(std::string_view name) {
  static constexpr std::array<std::string_view, 11> others = {
      "awk", "ed", "gawk", "install", "less", "m4", "mawk", "original-awk", "sed", "sort", "split"};
  return is_shell(name) || is_interpreter(name) || runs_its_arguments(name) ||
         std::find(others.begin(), others.end(), name) != others.end();
}

bool is_program_file(const Needs& needs, const Node& node) {
  const auto* facts = needs.facts_of(node);
  return (node.mode() & 0111U) != 0 && facts != nullptr &&
         (facts->kind == FileFacts::Kind::elf || facts->kind == FileFacts::Kind::script);
}

void take_service_modules(Seeker& seeker, std::string_view database, const Node& node, const ElfFacts& elf) {
  const auto way = seeker.needs.view().follow("etc/nsswitch.conf");
  const auto* facts = way.end == nullptr ? nullptr : seeker.needs.facts_of(*way.end);
  for (const auto& service : services_of(facts == nullptr ? std::string_view() : facts->text, database))
    seeker.libraries.keep(fmt::format("libnss_{}.so.2", service), Why::host_names, node, elf);
}

void take_locale(Seeker& seeker, const Node& node) {
  auto& needs = seeker.needs;
  for (const std::string_view path : {"usr/lib/locale/C.utf8", "usr/lib/locale/C.UTF-8"})
    needs.keep_all(path, Why::locale, node.path());
  for (const std::string_view name : {"LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LANG", "LANGUAGE"}) {
    auto value = needs.variable(name);
    value = value.substr(0, value.find_first_of(".@:"));
    if (value.empty() || value == "C" || value == "POSIX" || value.find('/') != std::string_view::npos)
      continue;
    needs.keep("usr/lib/locale/locale-archive", Why::locale, node.path());
    const auto language = value.substr(0, value.find('_'));
    for (const auto folder : {value, language}) {
      needs.keep_matching(fmt::format("usr/lib/locale/{}*", folder), Why::locale, node.path());
      needs.keep_all(fmt::format("usr/share/locale/{}", folder), Why::locale, node.path());
    }
    needs.keep("usr/share/locale/locale.alias", Why::locale, node.path());
  }
}

void take_time_zones(Seeker& seeker, const Node& node) {
  auto& needs = seeker.needs;
  for (const std::string_view path : {"etc/localtime", "etc/timezone", "etc/TZ"})
    needs.keep(path, Why::time_zones, node.path());
  if (!needs.variable("TZ").empty())
    needs.keep_all("usr/share/zoneinfo", Why::time_zones, node.path());
  else if (needs.view().at("usr/share/zoneinfo") != nullptr)
    needs.perhaps({"usr/share/zoneinfo", Why::time_zones, node.path(), true});
}

void take_calls(Seeker& seeker, const Node& node, const ElfFacts& elf) {
  auto& needs = seeker.needs;
  const bool musl = seeker.libraries.uses_musl(node);
  if (elf.does(Call::run_shell)) {
    if (elf.is_executable)
      needs.keep("bin/sh", Why::shell, node.path());
    else
      needs.perhaps({"bin/sh", Why::shell, node.path()});
  }
  if (elf.does(Call::resolve_names)) {
    for (const std::string_view path : {"etc/hosts", "etc/host.conf", "etc/resolv.conf", "etc/nsswitch.conf",
                                        "etc/gai.conf", "etc/services", "etc/protocols", "etc/networks"})
      needs.keep(path, Why::host_names, node.path());
    if (!musl) take_service_modules(seeker, "hosts", node, elf);
  }
  if (elf.does(Call::look_up_users)) {
    for (const std::string_view path : {"etc/passwd", "etc/group", "etc/nsswitch.conf"})
      needs.keep(path, Why::users, node.path());
    if (!musl)
      for (const std::string_view database : {"passwd", "group", "shadow", "initgroups"})
        take_service_modules(seeker, database, node, elf);
  }
  if (elf.does(Call::tell_time)) take_time_zones(seeker, node);
  if (elf.does(Call::set_locale)) take_locale(seeker, node);
  if (elf.does(Call::end_threads) && !musl) seeker.libraries.keep("libgcc_s.so.1", Why::opened, node, elf);
  if (elf.does(Call::convert_text) && !musl)
    for (const std::string_view pattern : {"usr/lib/*/gconv", "usr/lib/gconv", "usr/lib64/gconv"}) {
      if (elf.is_executable)
        needs.keep_matching(pattern, Why::conversions, node.path());
      else
        needs.view().in(layers::folder_of(layers::folder_of(pattern)).empty() ? "usr" : "usr/lib",
                        [&](const Node& each) {
                          const auto folder = fmt::format("{}/gconv", each.path());
                          if (needs.view().at(folder) != nullptr)
                            needs.perhaps({folder, Why::conversions, node.path(), true});
                        });
    }
}

void take_opened(Seeker& seeker, const Node& node, const ElfFacts& elf) {
  if (!elf.does(Call::open_library)) return;
  auto& needs = seeker.needs;
  bool any = false;
  for (const auto& name : elf.libraries)
    for (const auto& path : seeker.libraries.find(name, node, elf)) {
      any = true;
      needs.perhaps({path, Why::opened, node.path()});
    }
  for (const auto& path : elf.paths) any = any || needs.view().follow(path).end != nullptr;
  if (!any && elf.is_executable && !is_interpreter(node.path()))
    needs.warn(
        fmt::format("{} loads libraries, and the names are not in it: what it loads can be kept with --keep",
                    shown_path(node.path())));
}

// Where Go looks for time zones: behind the slash comes the name of one, or another text.
constexpr std::string_view zones = "/usr/share/zoneinfo/";

// How far a fragment names something in the image; empty when it does not. A folder that it leaves for
// something that is not there was not meant, unless that is where another text begins.
std::string_view named_by(const Needs& needs, std::string_view fragment) {
  if (fragment.starts_with(zones)) return zones;
  std::string folder;
  std::size_t at = 1;
  std::string_view name;
  for (;;) {
    const auto slash = std::min(fragment.find('/', at), fragment.size());
    name = fragment.substr(at, slash - at);
    if (name.empty()) return fragment.substr(0, at - 1);
    const auto way = needs.view().follow(name, folder);
    if (way.end == nullptr) break;
    if (!way.end->is_directory() || slash + 1 >= fragment.size()) return fragment.substr(0, slash);
    folder = way.path;
    at = slash + 1;
  }
  for (auto length = name.size() - 1; length > 0; --length) {
    const auto beginning = name.substr(0, length);
    if (needs.view().at(folder.empty() ? std::string(beginning) : fmt::format("{}/{}", folder, beginning)) ==
        nullptr)
      continue;
    const auto way = needs.view().follow(beginning, folder);
    if (way.end != nullptr && !way.end->is_directory()) return fragment.substr(0, at + length);
  }
  const bool is_new_text = !folder.empty() && needs.view().follow(name).end != nullptr;
  return is_new_text ? fragment.substr(0, at - 1) : std::string_view();
}

// Too large to come along because a word is equal to their names.
bool is_large(std::string_view command) {
  static constexpr std::array<std::string_view, 14> names = {"apt",   "apt-get", "c++", "cc",  "clang",
                                                             "cmake", "dpkg",    "g++", "gcc", "go",
                                                             "make",  "npm",     "pip", "vim"};
  return is_interpreter(command) || std::find(names.begin(), names.end(), command) != names.end();
}

// What runs for sure asks for the commands whose names it holds; what is only perhaps needed does not.
void take_commands(Seeker& seeker, const Node& node, const ElfFacts& elf) {
  auto& needs = seeker.needs;
  const auto* reason = needs.reason(node);
  if (reason == nullptr || reason->is_weak || came_along(needs, node)) {
    if (reason != nullptr && reason->why == Why::not_packaged)
      for (const auto& command : elf.commands) needs.perhaps({command, Why::run, node.path()});
    return;
  }
  for (const auto& command : elf.commands) needs.keep_command(command, Why::run, node.path());
  if (elf.computes_commands)
    needs.warn(fmt::format(
        "{} runs commands, and not all of their names are in it: what it runs can be kept with --keep",
        shown_path(node.path())));
  if (!elf.is_executable || has_words_of_its_own(layers::name_of_path(node.path()))) return;
  for (const auto& word : elf.words) {
    if (is_shell_builtin(word)) continue;
    if (!is_large(word)) {
      needs.perhaps({word, Why::run, node.path()});
    } else if (const auto way = needs.command(word); way.end != nullptr && !needs.is_kept(way.end->path())) {
      needs.warn(fmt::format("{} has the word {} in it: should it run {}, that has to be kept with --keep",
                             shown_path(node.path()), shown(word), shown_path(way.end->path())));
    }
  }
}

void take_constants(Seeker& seeker, const Node& node, const ElfFacts& elf) {
  auto& needs = seeker.needs;
  const bool is_program = elf.is_executable || elf.is_go;
  std::set<std::string_view> named(elf.paths.begin(), elf.paths.end());
  for (const auto& fragment : elf.fragments)
    if (const auto path = named_by(needs, fragment); !path.empty()) named.insert(path);
  for (const auto path : named) {
    if (is_program && !came_along(needs, node))
      take_named(seeker, path, Why::named, node.path());
    else
      perhaps_named(seeker, path, Why::named, node.path());
  }
}

}  // namespace

void take_named(Seeker& seeker, std::string_view path, Why why, std::string_view by) {
  auto& needs = seeker.needs;
  const auto way = needs.view().follow(path);
  if (way.end == nullptr || way.end->path().empty()) return;
  const auto& node = *way.end;
  if (node.path() == "etc/ssl/certs") return take_certificates(seeker, by, false);
  if (!node.is_directory()) {
    if (is_program_file(needs, node) && why != Why::configured)
      needs.perhaps({std::string(path), Why::run, by});
    else
      needs.keep(path, why, by);
    return;
  }
  if (needs.is_whole(node.path()) || is_broad(node.path()) || is_shared(needs, node.path()))
    needs.keep(path, why, by);
  else
    needs.keep_all(path, why, by);
}

void perhaps_named(Seeker& seeker, std::string_view path, Why why, std::string_view by) {
  const auto way = seeker.needs.view().follow(path);
  if (way.end == nullptr || way.end->path().empty()) return;
  // A library that knows the names of interpreters, as those that tell kinds of files apart do, runs none.
  if (is_program_file(seeker.needs, *way.end) && is_large(layers::name_of_path(way.end->path()))) return;
  const bool all =
      way.end->is_directory() && !is_broad(way.end->path()) && !is_shared(seeker.needs, way.end->path());
  seeker.needs.perhaps({std::string(path), why, by, all});
}

void take_program(Seeker& seeker, const Node& node, const ElfFacts& elf) {
  seeker.libraries.take(node, elf);
  const auto name = layers::name_of_path(node.path());
  if (is_known_library(name)) return;
  take_calls(seeker, node, elf);
  take_opened(seeker, node, elf);
  if (is_shell(name)) return;
  take_constants(seeker, node, elf);
  take_commands(seeker, node, elf);
}

}  // namespace whittle::closure
