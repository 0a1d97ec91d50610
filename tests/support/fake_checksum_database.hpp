// A checksum database with a key of its own: records, signed tree heads and tiles, honest until a test makes
// it lie.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/sha256.hpp"

namespace whittle::test {

class FakeChecksumDatabase {
 public:
  // The key is made from the seed: two databases of one name and seed have one key.
  explicit FakeChecksumDatabase(std::string name, char seed = 1);

  std::string verifier_key() const;  // NAME+HASH+KEY
  // Adds a record; returns its number.
  std::uint64_t add(const std::string& module, const std::string& version, const std::string& hash);
  // Adds records of modules that do not matter.
  void grow_to(std::uint64_t size);
  std::uint64_t size() const { return records_.size(); }

  std::string signed_note(const std::string& text) const;
  std::string signed_head() const { return signed_head(records_.size()); }
  std::string signed_head(std::uint64_t size) const;
  std::string lookup(std::uint64_t number) const;
  // All that it serves now, by URL below `base`: lookups of records that were added, and all tiles.
  std::map<std::string, std::string> files(const std::string& base) const;

 private:
  Sha256 subtree(unsigned height, std::uint64_t index) const;
  Sha256 root(std::uint64_t size) const;

  std::string name_;
  std::string seed_;
  std::string public_key_;
  std::vector<std::string> records_;
  std::map<std::string, std::uint64_t> lookups_;  // MODULE@VERSION
};

}  // namespace whittle::test
