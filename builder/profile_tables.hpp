// What a profile refers to by number: its texts, functions and locations (profile.proto of
// github.com/google/pprof).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace whittle::builder {

// The bytes of a profile, with or without gzip around them. Error(integrity), Error(limit) beyond 32 MiB.
std::string uncompressed_profile(std::unique_ptr<ByteSource> profile, const std::string& what);

// Immutable. Borrows the bytes and `what`, which names the profile in messages. Error(integrity) for bytes
// that are no profile, Error(limit) beyond a million entries of a kind.
class ProfileTables {
 public:
  static constexpr std::size_t most_entries = 1'000'000;

  ProfileTables(std::string_view bytes, const std::string& what);

  // "" for a number that stands for nothing.
  std::string_view text(std::uint64_t index) const;
  // Names of the kinds of values that samples have, as indices of texts.
  const std::vector<std::uint64_t>& types() const { return types_; }
  // The functions at a location, as they are inlined into one another: the one furthest inside first.
  std::vector<std::string_view> functions_at(std::uint64_t location) const;

  // Calls visit(locations, values) for each sample; locations from the leaf to the root.
  using Visit = std::function<void(const std::vector<std::uint64_t>& locations,
                                   const std::vector<std::uint64_t>& values)>;
  void for_each_sample(const Visit& visit) const;

 private:
  std::uint64_t only_number(std::string_view message, std::uint32_t number) const;
  void read_location(std::string_view message);
  template <class Table>
  void check_size(const Table& table) const;

  std::string_view bytes_;
  const std::string& what_;
  std::vector<std::string_view> strings_ = {};
  std::vector<std::uint64_t> types_ = {};
  std::unordered_map<std::uint64_t, std::uint64_t> functions_ = {};  // id → name, an index of strings
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> locations_ = {};  // id → functions
  std::size_t lines_ = 0;
};

}  // namespace whittle::builder
