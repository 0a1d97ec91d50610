// A Packages file: what an archive has of one component for one architecture (deb822 paragraphs; Debian's
// DebianRepository/Format, "Packages Indices").
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/sha256.hpp"

namespace whittle::packages {

// Views into the index's text.
struct IndexedPackage {
  std::string_view name;
  std::string_view version;
  std::string_view architecture;
  std::string_view path;  // below the archive's root; relative, without ".."
  std::uint64_t size = 0;
  std::optional<Sha256> digest;  // nothing when the index has only weaker ones
  std::string_view depends;
  std::string_view pre_depends;
  std::string_view conflicts;
  std::string_view breaks;
  std::string_view provides;
};

// Immutable; any number of threads. Takes the memory of its text and 210 bytes a package.
class PackageIndex {
 public:
  static constexpr std::uint64_t size_limit = 512ULL << 20U;  // bytes of text
  static constexpr std::size_t package_limit = 1'000'000;

  // `what` names the index in messages. Error(integrity) for what is malformed, Error(limit).
  PackageIndex(std::string text, std::string what);

  // In the order of the text.
  const std::vector<IndexedPackage>& packages() const { return packages_; }
  const std::string& what() const { return what_; }

 private:
  std::unique_ptr<const std::string> text_;  // does not move when the index does
  std::string what_;
  std::vector<IndexedPackage> packages_;
};

}  // namespace whittle::packages
