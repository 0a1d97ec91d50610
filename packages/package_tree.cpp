#include "packages/package_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "common/error.hpp"
#include "common/text.hpp"
#include "packages/built_ins.hpp"
#include "packages/control_file.hpp"
#include "packages/dpkg_status.hpp"
#include "packages/maintainer_scripts.hpp"
#include "packages/placed_files.hpp"

namespace whittle::packages {
namespace {

using layers::FileEntry;

constexpr std::uint32_t setid_bits = 06000;

// Folders that are links on every installed Debian since bookworm, whatever packages have there.
struct LinkedFolder {
  std::string_view path;
  std::string_view target;
};
// Debian's merged /usr: in bookworm no package has the links, they come from the installer; in trixie
// base-files has them. Those in /var are made by base-files' postinst.
constexpr std::array<LinkedFolder, 9> linked_folders = {{{"bin", "usr/bin"},
                                                         {"lib", "usr/lib"},
                                                         {"lib32", "usr/lib32"},
                                                         {"lib64", "usr/lib64"},
                                                         {"libo32", "usr/libo32"},
                                                         {"libx32", "usr/libx32"},
                                                         {"sbin", "usr/sbin"},
                                                         {"var/lock", "/run/lock"},
                                                         {"var/run", "/run"}}};

// The linked folder that a path is or lies in; none for other paths.
const LinkedFolder* linked_folder(std::string_view path) {
  const auto found = std::find_if(linked_folders.begin(), linked_folders.end(), [&](const LinkedFolder& one) {
    return path.starts_with(one.path) && (path.size() == one.path.size() || path[one.path.size()] == '/');
  });
  return found == linked_folders.end() ? nullptr : &*found;
}

// The link that leads to the folder of a second architecture (/usr/lib32 and its like) that a path is or lies
// in; base-files of trixie makes those by a trigger.
const LinkedFolder* multilib_link(std::string_view path) {
  for (const std::string_view name : {"lib32", "libo32", "libx32"}) {
    const auto* linked = linked_folder(name);
    if (path.starts_with(linked->target) &&
        (path.size() == linked->target.size() || path[linked->target.size()] == '/'))
      return linked;
  }
  return nullptr;
}

// "../other/copyright" as it is seen from a link; ".." of the root is the root.
std::string target_of(std::string_view link, std::string_view target) {
  const auto slash = link.rfind('/');
  const bool from_root = target.starts_with('/') || slash == std::string_view::npos;
  std::string path(from_root ? std::string_view() : link.substr(0, slash));
  while (!target.empty()) {
    const auto component = target.substr(0, target.find('/'));
    target.remove_prefix(std::min(target.size(), component.size() + 1));
    if (component.empty() || component == ".") continue;
    if (component == "..")
      path.resize(path.find('/') == std::string::npos ? 0 : path.rfind('/'));
    else
      path += (path.empty() ? "" : "/") + std::string(component);
  }
  return path;
}

class TreeMaker {
 public:
  TreeMaker(const std::vector<UnpackedPackage>& packages, const PackageTreeOptions& options)
      : packages_(packages), options_(options), rules_(options.keep), placed_(facts()) {
    for (const auto& rule : left_out_rules()) result_.left_out.push_back({rule.name});
  }

  PackageTree make() {
    survey();
    place_linked_folders();
    place_links();
    place_others();
    result_.files = placed_.tree();
    for (const auto& package : packages_) add_dpkg_status(result_.files, package.pinned.name, *package.file);
    result_.done = add_built_ins(result_.files, packages_, options_.built_ins);
    report();
    return std::move(result_);
  }

 private:
  // Checks on the way that the files are what was pinned.
  std::vector<PackageFacts> facts() const {
    std::vector<PackageFacts> result;
    for (const auto& [pinned, file] : packages_) {
      ControlParagraph control;
      const auto where = fmt::format("the control file of {}", file->name());
      if (!ControlReader(file->control_file("control"), where).next(control))
        throw Error(ErrorKind::integrity, fmt::format("{} is empty", where));
      const std::pair<std::string_view, std::string_view> wanted[] = {
          {"Package", pinned.name}, {"Version", pinned.version}, {"Architecture", pinned.architecture}};
      for (const auto& [field, value] : wanted)
        if (control.value(field) != value)
          throw Error(ErrorKind::integrity, fmt::format("{} says {}: {}, and the index {}", where, field,
                                                        shown(control.value(field)), shown(value)));
      result.push_back({pinned.name, pinned.version, std::string(control.value("Replaces"))});
    }
    return result;
  }

  void survey() {
    for (const auto& package : packages_)
      for (const auto& entry : package.file->entries()) {
        if (const auto* linked = linked_folder(entry.path)) linked_.insert(linked);
        if (const auto* linked = multilib_link(entry.path)) linked_.insert(linked);
        if (entry.file.type == FileEntry::Type::symlink && is_copyright(entry.path))
          kept_.insert(target_of(entry.path, entry.file.link_target));
      }
  }

  // Whether an entry is left out; counts it.
  bool is_left_out(const DebEntry& entry) {
    const auto rule = rules_.rule_for(entry.path);
    if (!rule || kept_.count(entry.path) != 0) return false;
    const auto type = entry.file.type;
    if (type == FileEntry::Type::symlink && is_documentation_of_a_package(entry.path)) return false;
    if (type == FileEntry::Type::directory) return true;  // comes back when something stays in it
    ++result_.left_out[*rule].files;
    if (type == FileEntry::Type::file) result_.left_out[*rule].bytes += entry.file.size;
    return true;
  }

  void place_links() {
    for (std::size_t i = 0; i < packages_.size(); ++i)
      for (const auto& entry : packages_[i].file->entries())
        if (entry.file.type == FileEntry::Type::symlink && !is_left_out(entry)) place_entry(i, entry, 0);
  }

  void place_others() {
    for (std::size_t i = 0; i < packages_.size(); ++i) {
      const auto& entries = packages_[i].file->entries();
      std::map<std::string_view, PlacedFiles::Group> groups;
      for (const auto& entry : entries)
        if (entry.file.type == FileEntry::Type::hardlink &&
            groups.emplace(entry.file.link_target, groups_ + 1).second)
          ++groups_;
      for (const auto& entry : entries) {
        if (entry.file.type == FileEntry::Type::symlink || is_left_out(entry)) continue;
        const bool link = entry.file.type == FileEntry::Type::hardlink;
        const auto group = groups.find(link ? std::string_view(entry.file.link_target) : entry.path);
        place_entry(i, entry, group == groups.end() ? 0 : group->second);
      }
    }
  }

  void place_entry(std::size_t package, const DebEntry& entry, PlacedFiles::Group group) {
    auto file = entry.file;
    if (file.type == FileEntry::Type::hardlink) {  // each name has the content until all are placed
      file.type = FileEntry::Type::file;
      file.link_target.clear();
    }
    if (file.type == FileEntry::Type::file && (file.mode & setid_bits) != 0 && !options_.allow_setid) {
      result_.notices.push_back(
          fmt::format("{} of the package {} has mode {:04o}: the setuid and setgid bits are dropped",
                      shown("/" + entry.path), packages_[package].pinned.name, file.mode));
      file.mode &= ~setid_bits;
    }
    const auto* linked = linked_folder(entry.path);
    if (linked == nullptr) return placed_.place(entry.path, file, package, group);
    const auto folder = target_of(linked->path, linked->target);
    const bool is_folder = entry.path == linked->path;
    // The link itself, as base-files of trixie has it.
    if (is_folder && file.type == FileEntry::Type::symlink &&
        target_of(entry.path, file.link_target) == folder)
      return;
    placed_.place(folder + entry.path.substr(linked->path.size()), file, package, group);
  }

  // The links belong to whoever comes first; they are the same for all.
  void place_linked_folders() {
    for (const auto* folder : linked_) {
      FileEntry link;
      link.type = FileEntry::Type::symlink;
      link.mode = 0777;
      link.link_target = folder->target;
      placed_.place(std::string(folder->path), link, 0);
    }
  }

  void report() {
    const auto& notices = placed_.notices();
    result_.notices.insert(result_.notices.end(), notices.begin(), notices.end());
    for (const auto& package : packages_)
      for (auto& script : judge_scripts(package.pinned.name, *package.file))
        (script.covered ? result_.done : result_.notices).push_back(std::move(script.text));
    std::erase_if(result_.left_out, [](const LeftOut& one) { return one.files == 0; });
  }

  const std::vector<UnpackedPackage>& packages_;
  const PackageTreeOptions& options_;
  LeftOutRules rules_;
  PlacedFiles placed_;
  std::set<std::string, std::less<>> kept_ = {};  // what copyright files are links to
  std::set<const LinkedFolder*> linked_ = {};     // those that something lies in
  PlacedFiles::Group groups_ = 0;
  PackageTree result_ = {};
};

}  // namespace

PackageTree make_package_tree(std::vector<UnpackedPackage> packages, const PackageTreeOptions& options) {
  std::sort(packages.begin(), packages.end(), [](const UnpackedPackage& a, const UnpackedPackage& b) {
    return std::tie(a.pinned.name, a.pinned.version, a.pinned.architecture) <
           std::tie(b.pinned.name, b.pinned.version, b.pinned.architecture);
  });
  return TreeMaker(packages, options).make();
}

}  // namespace whittle::packages
