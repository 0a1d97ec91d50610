// Rules that go by where a file lies and whose it is: packages, the application, folders to write to.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "builder/each_line.hpp"
#include "closure/package_files.hpp"
#include "closure/rules.hpp"
#include "closure/shebang.hpp"
#include "common/text.hpp"
#include "layers/image_path.hpp"

namespace whittle::closure {
namespace {

using Node = Needs::Node;

constexpr std::array<std::string_view, 48> broad = {"bin",
                                                    "boot",
                                                    "dev",
                                                    "etc",
                                                    "home",
                                                    "lib",
                                                    "lib32",
                                                    "lib64",
                                                    "media",
                                                    "mnt",
                                                    "opt",
                                                    "proc",
                                                    "root",
                                                    "run",
                                                    "sbin",
                                                    "srv",
                                                    "sys",
                                                    "tmp",
                                                    "usr",
                                                    "usr/bin",
                                                    "usr/games",
                                                    "usr/include",
                                                    "usr/lib",
                                                    "usr/lib32",
                                                    "usr/lib64",
                                                    "usr/libexec",
                                                    "usr/local",
                                                    "usr/local/bin",
                                                    "usr/local/lib",
                                                    "usr/local/sbin",
                                                    "usr/local/share",
                                                    "usr/sbin",
                                                    "usr/share",
                                                    "usr/share/doc",
                                                    "usr/share/info",
                                                    "usr/share/locale",
                                                    "usr/share/man",
                                                    "usr/src",
                                                    "var",
                                                    "var/cache",
                                                    "var/lib",
                                                    "var/lib/dpkg",
                                                    "var/log",
                                                    "var/spool",
                                                    "var/tmp",
                                                    "etc/ssl",
                                                    "etc/alternatives",
                                                    "etc/init.d"};

// Of packages' files below etc, what a program in a container does not read: other programs do, for it.
constexpr std::array<std::string_view, 14> for_others = {"etc/apparmor.d/",
                                                         "etc/apt/",
                                                         "etc/bash_completion.d/",
                                                         "etc/cron",
                                                         "etc/default/",
                                                         "etc/dpkg/",
                                                         "etc/init.d/",
                                                         "etc/init/",
                                                         "etc/logcheck/",
                                                         "etc/logrotate.d/",
                                                         "etc/rc",
                                                         "etc/systemd/",
                                                         "etc/ufw/",
                                                         "etc/update-motd.d/"};

// Made by package managers and their scripts: of no package, and nobody's application.
constexpr std::array<std::string_view, 26> generated = {"etc/.pwd.lock",    "etc/alternatives/",
                                                        "etc/apt/",         "etc/ca-certificates.conf",
                                                        "etc/ld.so.cache",  "etc/rc",
                                                        "etc/ssl/certs/",   "etc/systemd/",
                                                        "etc/shells",       "etc/subgid",
                                                        "etc/subuid",       "usr/lib/locale/locale-archive",
                                                        "usr/lib/python3",  "usr/share/info/",
                                                        "usr/share/man/",   "usr/share/mime/",
                                                        "usr/share/doc/",   "usr/share/fonts/",
                                                        "usr/share/icons/", "usr/share/locale/",
                                                        "var/cache/",       "var/lib/apt/",
                                                        "var/lib/dpkg/",    "var/log/",
                                                        "var/lib/pam/",     "var/lib/systemd/"};

// Of what was installed by hand: for compilers and readers.
constexpr std::array<std::string_view, 3> for_builders = {"usr/local/include/", "usr/local/share/doc/",
                                                          "usr/local/share/man/"};

// Where the files of a system lie (FHS 3.0): elsewhere whatever has no package is an application's.
constexpr std::array<std::string_view, 20> system_folders = {
    "bin",  "boot", "dev",  "etc", "lib", "lib32", "lib64", "libx32",     "media", "mnt",
    "proc", "run",  "sbin", "sys", "tmp", "usr",   "var",   ".dockerenv", "root",  "home"};

std::string_view first_component(std::string_view path) {
  return path.substr(0, path.find('/'));
}

template <std::size_t N>
bool begins_with_one(const std::array<std::string_view, N>& beginnings, std::string_view path) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view each) { return path.starts_with(each); });
}

bool is_application(const Needs& needs, const Node& node) {
  const auto& facts = needs.facts();
  const auto path = node.path();
  if (node.is_directory() || path.empty()) return false;
  const auto top = first_component(path);
  const bool in_system = std::find(system_folders.begin(), system_folders.end(), top) != system_folders.end();
  if (!in_system || path.starts_with("usr/local/"))
    return !begins_with_one(for_builders, path) && !facts.packages.owner(path);
  // With no database of packages nothing tells the system's own files from others.
  if (facts.packages.empty() && top != "home" && top != "root") return false;
  if (begins_with_one(generated, path) || facts.packages.owner(path)) return false;
  if (node.is_symbolic_link()) {  // to what a package has: made by its scripts (update-alternatives)
    const auto way = needs.view().follow(path);
    if (way.end == nullptr || facts.packages.owner(way.end->path())) return false;
  }
  return path.find("/__pycache__/") == std::string_view::npos && !path.ends_with(".cache") &&
         !path.ends_with("-") && top != "dev" && top != "proc" && top != "sys" && top != "run" &&
         top != "tmp" && top != "boot";
}

// The home of whoever runs the image (passwd(5)): the folder alone.
void take_home(Seeker& seeker) {
  auto& needs = seeker.needs;
  const auto way = needs.view().follow("etc/passwd");
  const auto* facts = way.end == nullptr ? nullptr : needs.facts_of(*way.end);
  if (facts == nullptr) return;
  std::string_view user = needs.config().execution.user;
  user = user.substr(0, user.find(':'));
  if (user.empty()) user = "root";
  builder::each_line(facts->text, [&](std::string_view line) {
    std::array<std::string_view, 6> fields = {};  // name, password, UID, GID, comment, home
    for (auto& field : fields) {
      field = line.substr(0, line.find(':'));
      line.remove_prefix(std::min(field.size() + 1, line.size()));
    }
    if ((fields[0] == user || fields[2] == user) && !fields[5].empty()) needs.keep(fields[5], Why::state, {});
  });
}

constexpr std::string_view list = ".list";

// The lists of files of packages that nothing is kept of are of no use; without the others nobody could tell
// the application from what is installed any more.
void take_databases(Needs& needs) {
  const auto& packages = needs.result().packages;
  needs.view().below("var/lib/dpkg", [&](const Node& node) {
    const std::string_view path = node.path();
    const auto name = layers::name_of_path(path);
    const bool is_list =
        path.starts_with(dpkg_info) && path.ends_with(list) &&
        packages.contains(std::string(name.substr(0, std::min(name.find(':'), name.size() - list.size()))));
    if (is_list || path == dpkg_status || path.starts_with(dpkg_status_folder))
      needs.keep_node(node, Why::database, {});
  });
  for (const std::string_view path : {"lib/apk/db/installed", "usr/lib/apk/db/installed"})
    needs.keep(path, Why::database, {});
}

}  // namespace

bool is_broad(std::string_view folder) {
  if (folder.empty() || std::find(broad.begin(), broad.end(), folder) != broad.end()) return true;
  const auto above = layers::folder_of(folder);  // usr/lib/x86_64-linux-gnu and the like
  return (above == "lib" || above == "usr/lib") &&
         folder.find("-linux-", above.size()) != std::string_view::npos;
}

bool is_shared(const Needs& needs, std::string_view folder) {
  const auto& packages = needs.facts().packages;
  if (packages.empty()) return false;
  std::string_view first;
  return needs.view().any_below(folder, [&](const Node& node) {
    const auto owner = node.is_directory() ? std::nullopt : packages.owner(node.path());
    if (!owner) return false;
    const auto source = packages.source(*owner);
    if (first.empty()) first = source;
    return first != source;
  });
}

bool came_along(const Needs& needs, const Node& node) {
  const auto* reason = needs.reason(node);
  if (reason == nullptr) return false;
  return reason->with_folder || reason->why == Why::package || reason->why == Why::module ||
         reason->why == Why::not_packaged || reason->why == Why::link_target;
}

void take_package(Seeker& seeker, const Node& node) {
  auto& needs = seeker.needs;
  const auto& packages = needs.facts().packages;
  const auto owner = packages.owner(node.path());
  if (!owner || came_along(needs, node) || is_shell(node.path())) return;
  const auto source = packages.source(*owner);
  if (!seeker.configurations) {
    seeker.configurations.emplace();
    needs.view().below("etc", [&](const Node& each) {
      const auto whose = packages.owner(each.path());
      if (whose && !begins_with_one(for_others, each.path()) && !each.is_directory())
        (*seeker.configurations)[packages.source(*whose)].push_back(&each);
    });
  }
  if (seeker.done.insert(source).second)
    for (const auto* each : (*seeker.configurations)[source])
      needs.keep_node(*each, Why::package, node.path());
  if (!seeker.done.insert(*owner).second && *owner != source) return;
  for (const std::string_view base :
       {"usr/share", "usr/lib", "var/lib", "var/cache", "var/log", "var/www", "var/spool"})
    for (const auto name : {*owner, source}) {
      const auto folder = fmt::format("{}/{}", base, name);
      if (needs.view().at(folder) != nullptr && !is_broad(folder))  // what others put there extends it
        needs.keep_all(folder, Why::package, node.path());
    }
}

void take_identity(Seeker& seeker) {
  auto& needs = seeker.needs;
  take_home(seeker);
  for (const std::string_view path :
       {"etc/passwd", "etc/group", "etc/os-release", "etc/hosts", "etc/hostname", "etc/resolv.conf",
        "etc/nsswitch.conf", "etc/debian_version", "etc/alpine-release"})
    needs.keep(path, Why::identity, {});
  needs.view().in({}, [&](const Node& node) {  // usr, bin → usr/bin and the like
    if (node.is_directory() || node.is_symbolic_link()) needs.keep_node(node, Why::identity, {});
  });
}

void take_state(Seeker& seeker) {
  auto& needs = seeker.needs;
  for (const auto& volume : needs.config().execution.volumes) needs.keep_all(volume, Why::state, {});
  if (!needs.working_folder().empty()) needs.keep(needs.working_folder(), Why::state, {});
  needs.view().below({}, [&needs](const Node& node) {
    const bool is_special = !node.is_file() && !node.is_symbolic_link() && !node.is_directory();
    if (is_special) needs.keep_node(node, Why::state, {});
    if (!node.is_directory()) return;
    const bool is_others = node.uid() != 0 || node.gid() != 0 || (node.mode() & 02U) != 0;
    const bool is_for_state =
        begins_with_one(std::array<std::string_view, 5>{"run/", "tmp/", "var/", "srv/", "home/"},
                        node.path()) &&
        needs.view().is_empty_folder(node);
    if ((is_others || is_for_state) && !node.path().starts_with("var/lib/dpkg") &&
        !node.path().starts_with("var/lib/apt") && !node.path().starts_with("var/cache/apt"))
      needs.keep_node(node, Why::state, {});
  });
}

void take_unpackaged(Seeker& seeker, bool strict) {
  auto& needs = seeker.needs;
  std::map<std::string_view, std::uint64_t> left_out;
  needs.view().below({}, [&](const Node& node) {
    if (!is_application(needs, node) || needs.is_kept(node.path())) return;
    if (strict)
      ++left_out[first_component(node.path())];
    else
      needs.keep_node(node, Why::not_packaged, {});
  });
  for (const auto& folder : left_out)
    needs.warn(fmt::format("{} of no package below {} left out: nothing that is needed names them",
                           plural(folder.second, "file"), shown_path(folder.first)));
}

void take_licences(Seeker& seeker) {
  auto& needs = seeker.needs;
  auto& result = needs.result();
  for (const auto& kept : result.kept)
    if (!kept.first.starts_with("usr/share/doc/"))
      if (const auto owner = needs.facts().packages.owner(kept.first)) {
        const auto* node = needs.view().at(kept.first);
        if (node != nullptr && !node->is_directory()) result.packages.emplace(*owner);
      }
  // Where no list says which package a file is from, all of them are kept: distroless.
  if (needs.facts().packages.empty()) needs.keep_matching("usr/share/doc/*/copyright", Why::licence, {});
  for (const auto& package : result.packages)
    needs.keep(fmt::format("usr/share/doc/{}/copyright", package), Why::licence, {});
  take_databases(needs);
}

}  // namespace whittle::closure
