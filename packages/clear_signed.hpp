// The frame of a clear-signed text (RFC 9580, section 7), checked before a library of signatures sees it:
// what it may make of anything else is not left to chance.
#pragma once

#include <string>
#include <string_view>

namespace whittle::packages {

// One signed text with its signatures, and nothing but blank lines behind them. Error(unverified) naming
// `what` and the line for text before, behind or between, for a second text, for armour headers other than
// Hash (they are not signed), and for lines of the text that begin with a dash and are not escaped. Returns
// the text with the escapes undone, without blanks at the ends of lines.
std::string clear_signed_text(std::string_view message, const std::string& what);

}  // namespace whittle::packages
