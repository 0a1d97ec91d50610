#include "packages/package_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "common/error.hpp"
#include "common/text.hpp"
#include "packages/control_file.hpp"
#include "packages/debian_version.hpp"
#include "packages/package_relation.hpp"

namespace whittle::packages {
namespace {

// The fields that are of use, and where they belong.
struct Column {
  std::string_view field;
  std::string_view IndexedPackage::*member;
  bool required;
};
constexpr std::array<Column, 9> columns{{{"Package", &IndexedPackage::name, true},
                                         {"Version", &IndexedPackage::version, true},
                                         {"Architecture", &IndexedPackage::architecture, true},
                                         {"Filename", &IndexedPackage::path, true},
                                         {"Depends", &IndexedPackage::depends, false},
                                         {"Pre-Depends", &IndexedPackage::pre_depends, false},
                                         {"Conflicts", &IndexedPackage::conflicts, false},
                                         {"Breaks", &IndexedPackage::breaks, false},
                                         {"Provides", &IndexedPackage::provides, false}}};

[[noreturn]] void refuse_package(std::string_view what, const ControlParagraph& paragraph,
                                 std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("{}:{}: package {}: {}", what, paragraph.line,
                                                shown(paragraph.value("Package")), why));
}

// It becomes part of a URL and a message.
bool is_path(std::string_view path) {
  static constexpr std::size_t longest = 1024;
  if (path.empty() || path.size() > longest || path.front() == '/') return false;
  if (!std::ranges::all_of(path, [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; })) return false;
  for (;;) {
    const auto end = path.find('/');
    if (path.substr(0, end) == "..") return false;
    if (end == std::string_view::npos) return true;
    path.remove_prefix(end + 1);
  }
}

IndexedPackage read(const ControlParagraph& paragraph, std::string_view what) {
  IndexedPackage package;
  std::string_view size;
  std::string_view digest;
  for (const auto& [name, value] : paragraph.fields) {
    const auto column = std::ranges::find_if(
        columns, [&name = name](const Column& one) { return equal_names(one.field, name); });
    if (column != columns.end()) {
      package.*column->member = value;
    } else if (equal_names(name, "Size")) {
      size = value;
    } else if (equal_names(name, "SHA256")) {
      digest = value;
    }
  }
  for (const auto& column : columns)
    if (column.required && (package.*column.member).empty())
      refuse_package(what, paragraph, fmt::format("there is no field {}", column.field));
  if (!is_package_name(package.name)) refuse_package(what, paragraph, "the name is not one of a package");
  if (!is_version(package.version)) refuse_package(what, paragraph, "its version is not one of a package");
  if (!is_package_name(package.architecture))
    refuse_package(what, paragraph, "its architecture is not a name");
  if (!is_path(package.path))
    refuse_package(what, paragraph, fmt::format("{} is not a path", shown(package.path)));
  const auto* const end = size.data() + size.size();
  const auto parsed = std::from_chars(size.data(), end, package.size);
  if (size.empty() || parsed.ec != std::errc() || parsed.ptr != end)
    refuse_package(what, paragraph, "its size is not a number");
  if (!digest.empty()) {
    package.digest = sha256_from_hex(digest);
    if (!package.digest) refuse_package(what, paragraph, "its SHA256 is not a digest");
  }
  return package;
}

}  // namespace

PackageIndex::PackageIndex(std::string text, std::string what)
    : text_(std::make_unique<const std::string>(std::move(text))), what_(std::move(what)) {
  if (text_->size() > size_limit)
    throw Error(ErrorKind::limit, fmt::format("{} is larger than {} bytes", what_, size_limit));
  ControlReader reader(*text_, what_);
  ControlParagraph paragraph;
  while (reader.next(paragraph)) {
    if (packages_.size() == package_limit)
      throw Error(ErrorKind::limit, fmt::format("{} has more than {} packages", what_, package_limit));
    packages_.push_back(read(paragraph, what_));
  }
}

}  // namespace whittle::packages
