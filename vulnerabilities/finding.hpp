// A known vulnerability of something that is in an image.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "vulnerabilities/severity.hpp"

namespace whittle::vulnerabilities {

// How much of what is vulnerable is there.
enum class Presence : std::uint8_t {
  not_linked,  // the module is listed, and none of the functions that matter is in the program
  installed,   // a package of a distribution
  unknown,     // a program whose functions cannot be read
  linked,      // functions that matter are in the program
};
std::string_view name_of(Presence presence);

struct Location {
  std::string path = {};   // in the image, without a leading slash
  std::string layer = {};  // its digest
  Presence presence = Presence::installed;
  std::set<std::string> symbols =
      {};  // that are linked: "net/http.ReadRequest"; some_symbols of them at most
  bool operator==(const Location&) const = default;
};
inline constexpr std::size_t some_symbols = 20;

// Why a finding does not count, by the word of the user.
struct Dismissal {
  std::string reason = {};
  std::string until = {};  // a day, YYYY-MM-DD; "" for ever
};

struct Finding {
  std::string id = {};
  std::set<std::string> aliases = {};
  std::string summary = {};
  std::string url = {};
  Severity severity = Severity::unknown;
  std::optional<double> score = {};
  std::string ecosystem = {};  // ecosystem.hpp
  std::string package = {};    // a module's path, or a source package
  std::string version = {};
  std::set<std::string> installed = {};  // packages that were built from that source
  std::string fixed = {};                // the first version that is mended; "" when none is known
  std::vector<Location> locations = {};
  std::optional<Dismissal> dismissal = {};

  Presence presence() const;  // the most of its locations
  // Whether it says something against the image: what is not linked in does not, and what was dismissed.
  bool counts() const { return presence() != Presence::not_linked && !dismissal; }
  // The severity that counts: what nobody has said anything of may be the worst.
  Severity weight() const { return severity == Severity::unknown ? Severity::critical : severity; }
  // What to do, in a few words: "go get golang.org/x/net@v0.17.0"; "" when no version is mended.
  std::string remedy() const;
  // The version as its users write it: "v0.17.0", "go1.21.3".
  std::string version_text(const std::string& version) const;
};

// Something that is there, and of which it is not known whether it is vulnerable.
struct Unchecked {
  std::string name = {};
  std::string why = {};
  std::set<std::string> candidates = {};  // ids of what it may have
  std::set<std::string> paths = {};
};

// Those that count first, the worst of them first; then by id and package.
void sort_findings(std::vector<Finding>& findings);

}  // namespace whittle::vulnerabilities
