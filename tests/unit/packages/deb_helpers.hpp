// What the tests of packages' contents share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/file.hpp"
#include "packages/package_tree.hpp"
#include "tests/support/deb_maker.hpp"
#include "tests/support/failure.hpp"

namespace whittle::test {

inline std::shared_ptr<const Fd> file_of(const std::string& bytes) {
  auto fd = nameless_file(std::filesystem::temp_directory_path());
  write_at(fd, as_bytes(bytes), 0, "a test's file");
  return std::make_shared<const Fd>(std::move(fd));
}

inline std::shared_ptr<const packages::DebFile> read_deb(const std::string& bytes,
                                                         const packages::DebLimits& limits = {}) {
  const packages::DebFile::Where where{std::filesystem::temp_directory_path()};
  return std::make_shared<const packages::DebFile>(file_of(bytes), "demo", where, limits);
}

inline std::string content_of(const layers::FileEntry& file) {
  return file.open ? read_all(*file.open(), 1U << 20U, "a file") : "";
}

// The tree of packages with the options.
inline packages::PackageTree tree_of(const std::vector<DebMaker>& makers,
                                     const packages::PackageTreeOptions& options = {}) {
  std::vector<packages::UnpackedPackage> unpacked;
  for (const auto& maker : makers) {
    const packages::DebFile::Where where{std::filesystem::temp_directory_path()};
    const auto pinned = maker.pinned();
    unpacked.push_back(
        {pinned, std::make_shared<const packages::DebFile>(file_of(maker.bytes()), pinned.name, where)});
  }
  return packages::make_package_tree(std::move(unpacked), options);
}

// A line for each entry, but for the packages' own status: "755 usr/", "644 a = content", "777 l -> target",
// "755 h => first".
inline std::vector<std::string> listing(const layers::FileTree& tree) {
  using Type = layers::FileEntry::Type;
  std::vector<std::string> lines;
  for (const auto& [path, file] : tree.entries()) {
    if (path == "var" || path.starts_with("var/lib")) continue;
    auto line = fmt::format("{:o} {}", file.mode, path);
    if (file.type == Type::directory) line += "/";
    if (file.type == Type::file) line += " = " + content_of(file);
    if (file.type == Type::symlink) line += " -> " + file.link_target;
    if (file.type == Type::hardlink) line += " => " + file.link_target;
    lines.push_back(line);
  }
  return lines;
}

}  // namespace whittle::test
