// How whittle keeps its own memory in files: text behind a digest of it, so that a file that was torn,
// damaged or put in another's place vouches for nothing. Against accidents; whoever may write to the cache
// can make a seal, too.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace whittle::builder {

// `header` says what the body is, and in which version; it has no line break.
std::string sealed(std::string_view header, std::string_view body);

// The body, a part of `text`; nothing unless the text is exactly what sealed() makes of it under this header.
std::optional<std::string_view> unsealed(std::string_view text, std::string_view header);

}  // namespace whittle::builder
