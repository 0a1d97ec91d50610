// One entry of apt's sources, in either of its forms, before it becomes archives.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "packages/apt_sources.hpp"

namespace whittle::packages {

// Views into the text. Words that stand for nothing are empty lists.
struct AptSourceEntry {
  std::string place;  // FILE:LINE
  std::vector<std::string_view> uris;
  std::vector<std::string_view> suites;
  std::vector<std::string_view> components;
  std::vector<std::string_view> architectures;  // empty: all
  std::string_view signed_by;                   // paths and fingerprints, or a block of keys
  bool check_expiry = true;
};

// Throws Error(unsupported): "FILE:LINE: WHY".
[[noreturn]] void refuse_entry(const AptSourceEntry& entry, std::string_view why);

// Adds the archives of an entry to `sources`, or the reason why it is not used. Error(unsupported) for an
// entry that lacks something.
void add_archives(const AptSourceEntry& entry, std::string_view architecture,
                  const std::vector<KeySource>& default_keys, AptSources& sources);

}  // namespace whittle::packages
