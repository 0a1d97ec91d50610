// Small helpers for text that is shown to people.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace whittle {

// Foreign bytes made safe for a message: in double quotes, control, escape and bidirectional characters and
// invalid UTF-8 escaped, cut at 200 bytes.
std::string shown(std::string_view bytes);

// The same without the quotes and, with `cut` off, without the limit (a compiler's own lines). Newlines and
// tabs stay when `keep_lines` is on.
std::string escaped(std::string_view bytes, bool keep_lines = false, std::size_t cut = 200);

// True when the text is valid UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

// The candidate nearest to `text` by edit distance, if one is near enough to be a plausible misspelling.
std::optional<std::string> nearest(std::string_view text, std::span<const std::string_view> candidates);

// 12.3 MB (powers of ten, as registries count).
std::string human_size(std::uint64_t bytes);

}  // namespace whittle
