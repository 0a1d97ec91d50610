// Small helpers for text that is shown to people.
#pragma once

#include <cstddef>
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

// UTF-8 text as it is; of other bytes, those that belong to no character are written `\xNN`. For names of
// files in JSON (hostile 273).
std::string as_utf8(std::string_view bytes);

// One character of UTF-8 text (RFC 3629, section 4).
struct Character {
  std::uint32_t value = 0;
  std::size_t length = 0;  // in bytes; 0 when the text does not begin with a valid character
};
// The first character of `text`, which must not be empty.
Character decode_character(std::string_view text);

// Control, escape, bidirectional and invisible characters and foreign line ends: what could change how a
// terminal or a reader sees the rest of the line.
bool is_unsafe_character(std::uint32_t c);

// True when the text is valid UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

// The candidate nearest to `text` by edit distance, if one is near enough to be a plausible misspelling.
std::optional<std::string> nearest(std::string_view text, std::span<const std::string_view> candidates);

// 12.3 MB (powers of ten, as registries count).
std::string human_size(std::uint64_t bytes);

// "1 file", "2 files".
std::string plural(std::uint64_t count, std::string_view thing);

}  // namespace whittle
