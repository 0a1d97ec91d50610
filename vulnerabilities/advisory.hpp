// What a database says of one vulnerability, in the Open Source Vulnerability format
// (https://ossf.github.io/osv-schema/).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "vulnerabilities/severity.hpp"
#include "vulnerabilities/version_order.hpp"

namespace whittle::vulnerabilities {

inline constexpr std::size_t largest_advisory = 16U << 20U;  // bytes of its JSON

// Where versions begin or cease to be affected ("affected[].ranges[].events").
struct VersionEvent {
  enum class Kind : std::uint8_t { fixed, introduced, last_affected, limit };
  Kind kind = Kind::introduced;
  std::string version = {};  // "0" stands before all versions
};
using VersionRange = std::vector<VersionEvent>;  // of one range, sorted by version

// A Go package with the functions that matter, as Go's database has it.
struct AffectedImport {
  std::string path = {};
  std::set<std::string> symbols = {};  // "Decode", "Decoder.Decode"; none: all of them
  std::set<std::string> systems = {};  // GOOS; none: all of them
  std::set<std::string> architectures = {};
};

struct Affected {
  std::string ecosystem = {};  // as ecosystem.hpp writes it
  std::string name = {};       // of a module or a source package
  VersionOrder order = VersionOrder::semantic;
  std::vector<VersionRange> ranges = {};
  std::set<std::string> versions = {};  // besides the ranges
  std::vector<AffectedImport> imports = {};
  std::optional<Severity> severity = {};  // of this package alone

  // Whether it says so of that version, which has to be one in `order`.
  bool contains(std::string_view version) const;
  // The least version above that one in which it is mended; "" when none is known.
  std::string fix_of(std::string_view version) const;
};

struct Advisory {
  std::string id = {};
  std::string modified = {};  // RFC 3339
  bool withdrawn = false;
  std::set<std::string> aliases = {};  // other names of the same vulnerability
  std::set<std::string> upstream =
      {};                    // vulnerabilities that this one comes from, of which it may mend several
  std::string summary = {};  // one line, not escaped
  std::string url = {};      // where people read more; "" when it says nothing of it
  std::optional<double> score = {};
  std::optional<Severity> severity = {};
  std::vector<Affected> affected = {};  // of ecosystems that are known here
};

// `file` is what it was read from, for messages. Error(integrity) for what is broken or contradicts itself,
// Error(unsupported) for another major version of the format, Error(limit).
Advisory parse_advisory(std::string_view text, std::string_view file);

}  // namespace whittle::vulnerabilities
