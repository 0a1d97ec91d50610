// What packages say of each other (Debian policy, section 7.1): `libc6 (>= 2.36), perl:any | perl-base`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace whittle::packages {

// Views into the field.
struct PackageRelation {
  enum class Comparison { any, less, at_most, equal, at_least, greater };
  std::string_view name;
  std::string_view architecture = {};  // behind a colon: "any", "native", a name; mostly empty
  Comparison comparison = Comparison::any;
  std::string_view version = {};

  // Whether that version is as the relation wants it.
  bool takes(std::string_view candidate) const;
};

// One of these has to hold; the first is the packager's preference.
using Alternatives = std::vector<PackageRelation>;

// Error(integrity) for what is malformed, also for restrictions to architectures and profiles, which belong
// to sources.
std::vector<Alternatives> parse_relations(std::string_view field);

// Letters, digits and `+ - . _`, beginning with a letter or digit, at most 255 bytes. (Policy, section 5.6.7,
// wants lower case; other archives do not always follow it.)
bool is_package_name(std::string_view text);

}  // namespace whittle::packages
