// What of Go's packages is linked into a program, by the names in its function table: stripped or not, and
// also functions that were inlined wherever they are called.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "binaries/build_info.hpp"
#include "binaries/elf.hpp"
#include "binaries/random_access.hpp"

namespace whittle::vulnerabilities {

// A value. Packages are named by import path, the main package by its own ("example.com/shop/cmd/api").
class LinkedSymbols {
 public:
  // `wanted` are the packages whose symbols are kept; of others it is known that they are there. Nothing when
  // the table is missing, of an unknown form, broken, or its names are not those of a Go program.
  static std::optional<LinkedSymbols> read(const binaries::RandomAccess& file, const binaries::Elf& elf,
                                           const binaries::BuildInfo& info,
                                           const std::set<std::string>& wanted);

  bool has_package(const std::string& path) const { return packages_.contains(path); }
  // Whether there is any package of the module.
  bool has_module(const std::string& path) const;
  // "Decode" or "Decoder.Decode": as Go's database writes it, without pointers and type arguments.
  bool has(const std::string& package, const std::string& symbol) const;

 private:
  std::set<std::string> packages_ = {};
  std::map<std::string, std::set<std::string>> symbols_ = {};
};

}  // namespace whittle::vulnerabilities
