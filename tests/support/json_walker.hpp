// A second opinion on our JSON: looks at the bytes of a document by itself, sharing no code with what writes
// them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace whittle::test {

// Everything in which the text is not the one canonical form of its document: white space, names that are not
// sorted by their bytes, escapes and numbers that could be shorter. The text must be valid JSON, which is not
// checked.
std::vector<std::string> json_violations(std::string_view text);

}  // namespace whittle::test
