// A part of an image that has a name and a version of its own: what an SBOM lists.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"

namespace whittle::evidence {

// A value, in UTF-8. Two that differ in nothing but where they are found are one (see settle()).
struct Component {
  enum class Kind { base_image, program, go_module, go_standard_library, deb, apk };
  Kind kind = Kind::go_module;
  std::string name = {};          // path of a module or program, name of a package
  std::string version = {};       // "" where there is none: a module built from a folder
  std::string architecture = {};  // of a package, in the words of its distribution
  std::string distribution = {};  // of a package: "debian-12", "alpine-3.20.1"; "debian" when unknown which
  std::string source = {};        // of a package: the source package that it was built from
  std::string source_version = {};
  std::string sum = {};               // "h1:…" of a module; that is no hash of any file
  std::optional<Digest> digest = {};  // of a program's file or a base image's manifest
  std::string licence = {};           // an SPDX expression (licence.hpp), or "" when it is not known
  std::string supplier = {};          // who made it: a package's maintainer
  std::string remark = {};            // for people: what it stands in place of
  std::string made_from = {};         // of a program: id() of its main module
  std::set<std::string> uses =
      {};  // of a program: id() of each module in it, the standard library among them
  std::set<std::string> origins = {};  // paths in the image that say it is there, without a leading slash
  bool operator==(const Component&) const = default;

  // Letters, digits, `.` and `-`, the same for equal components and for no others.
  std::string id() const;
  // The package URL; "" for a program.
  std::string purl() const;
};

// "go-module", …: as id(), the table and the cache have it.
std::string_view name_of(Component::Kind kind);

// Sorts them by kind, name, version and id(); of equal ones the first gains the origins of the others.
void settle(std::vector<Component>& components);

// Percent-encoded for a package URL (purl-spec, "Character encoding"); with `slashes` these stay.
std::string purl_encoded(std::string_view text, bool slashes = false);

}  // namespace whittle::evidence
