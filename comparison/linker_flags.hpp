// What differs in the flags of Go's linker or compiler, flag by flag.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace whittle::comparison {

// Splits as the go command does (quotes of both kinds around whole fields); "-X name=value" counts as a flag
// "-X name" of that value, "-flag=value" as one of that value, and so
// does "-flag value" for the flags of cmd/link that take one; others have the value "".
std::map<std::string, std::string> parse_linker_flags(std::string_view text);

}  // namespace whittle::comparison
