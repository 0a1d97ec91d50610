// Licences as packages state them, turned into SPDX expressions (SPDX 2.3, annex D) that any reader accepts.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace whittle::evidence {

// The expression for what a package states: names joined by `and`, `or`, `with`, commas and parentheses, in
// Debian's short names or SPDX's. A name that SPDX does not have becomes LicenseRef-NAME. "" for what is no
// such list.
std::string licence_expression(std::string_view stated);

// Of a machine-readable debian/copyright (copyright-format 1.0): all licences of its files. "" for any other
// text.
std::string licence_of_copyright(std::string_view text);

// The LicenseRef- names in an expression, each with the name that was stated as far as it can be told.
std::map<std::string, std::string> licence_references(std::string_view expression);

}  // namespace whittle::evidence
