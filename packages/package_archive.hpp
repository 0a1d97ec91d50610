// Where Debian packages come from, and who vouches for them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace whittle::packages {

// OpenPGP keys, binary or in ASCII armour: in a file, or in the text itself when `file` is empty.
struct KeySource {
  std::filesystem::path file = {};
  std::string text = {};
  bool operator==(const KeySource&) const = default;
};

// One suite of one archive. A value.
struct PackageArchive {
  std::vector<std::string> uris;  // of the archive's root, all with the same content; asked in this order
  std::string suite;              // or codename: the folder below dists/
  std::vector<std::string> components;
  std::vector<KeySource> keys;                 // one good signature of any of these is asked for
  std::vector<std::string> fingerprints = {};  // only these keys among them (upper-case hex); empty: all
  bool check_expiry = true;                    // whether Valid-Until is heeded
  bool operator==(const PackageArchive&) const = default;
};

}  // namespace whittle::packages
