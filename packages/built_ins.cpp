#include "packages/built_ins.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/text.hpp"
#include "packages/accounts.hpp"
#include "packages/busybox_links.hpp"
#include "packages/ca_bundle.hpp"
#include "packages/dpkg_status.hpp"
#include "packages/package_tree.hpp"

namespace whittle::packages {
namespace {

using layers::FileEntry;
using layers::FileTree;

constexpr std::array<BuiltIn, 6> all_built_ins = {{
    {"accounts", "users and groups: root, nobody, nonroot", "base-passwd"},
    {"certificates", "the bundle of certificates of authorities", "ca-certificates"},
    {"folders", "/tmp, /run and their like", "base-files"},
    {"hosts", "names of hosts come from files, then from DNS", ""},
    {"shell", "/busybox with a shell", ""},
    {"time-zone", "the local time is UTC", "tzdata"},
}};

bool has(const FileTree& tree, std::string_view path) {
  return tree.entries().find(path) != tree.entries().end();
}

void add_missing(FileTree& tree, std::string_view path, FileEntry entry) {
  if (!has(tree, path)) tree.add(path, std::move(entry));
}

FileEntry folder_of_mode(std::uint32_t mode) {
  FileEntry entry;
  entry.type = FileEntry::Type::directory;
  entry.mode = mode;
  return entry;
}

FileEntry link_to(std::string target) {
  FileEntry entry;
  entry.type = FileEntry::Type::symlink;
  entry.link_target = std::move(target);
  return entry;
}

void add_certificates(FileTree& tree, const std::vector<UnpackedPackage>& packages) {
  std::vector<const DebFile*> files;
  for (const auto& package : packages) files.push_back(package.file.get());
  if (auto bundle = ca_bundle(files); !bundle.empty())
    add_missing(tree, "etc/ssl/certs/ca-certificates.crt", text_file(std::move(bundle)));
}

void add_folders(FileTree& tree) {
  add_missing(tree, "root", folder_of_mode(0700));
  add_missing(tree, "run", folder_of_mode(0755));
  add_missing(tree, "tmp", folder_of_mode(01777));
  add_missing(tree, "var/run", link_to("/run"));
  add_missing(tree, "var/tmp", folder_of_mode(01777));
}

void add_hosts(FileTree& tree) {
  add_missing(tree, "etc/nsswitch.conf",
              text_file("passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\n"
                        "protocols: files\nservices: files\n"));
}

void add_time_zone(FileTree& tree) {
  if (!has(tree, "usr/share/zoneinfo/Etc/UTC")) return;
  add_missing(tree, "etc/localtime", link_to("/usr/share/zoneinfo/Etc/UTC"));
  add_missing(tree, "etc/timezone", text_file("Etc/UTC\n"));
}

void add(FileTree& tree, std::string_view name, const std::vector<UnpackedPackage>& packages) {
  if (name == "accounts") return add_accounts(tree);
  if (name == "certificates") return add_certificates(tree, packages);
  if (name == "folders") return add_folders(tree);
  if (name == "hosts") return add_hosts(tree);
  if (name == "shell") return add_busybox_links(tree);
  if (name == "time-zone") return add_time_zone(tree);
  throw Error(ErrorKind::internal, fmt::format("the built-in {} does nothing", name));
}

}  // namespace

std::span<const BuiltIn> built_ins() {
  return all_built_ins;
}

std::vector<std::string> add_built_ins(FileTree& tree, const std::vector<UnpackedPackage>& packages,
                                       const std::vector<std::string>& wanted) {
  for (const auto& name : wanted)
    if (std::none_of(all_built_ins.begin(), all_built_ins.end(),
                     [&](const BuiltIn& one) { return one.name == name; }))
      throw Error(ErrorKind::spec, fmt::format("{} is no built-in", shown(name)));
  std::vector<std::string> done;
  for (const auto& built_in : all_built_ins) {
    const bool asked = std::find(wanted.begin(), wanted.end(), built_in.name) != wanted.end();
    const bool brought = std::any_of(packages.begin(), packages.end(), [&](const UnpackedPackage& package) {
      return package.pinned.name == built_in.package;
    });
    if (!asked && !brought) continue;
    in_context([&] { return fmt::format("the built-in `{}`", built_in.name); },
               [&] { add(tree, built_in.name, packages); });
    done.push_back(fmt::format("built-in `{}`: {}", built_in.name, built_in.what));
  }
  return done;
}

}  // namespace whittle::packages
