#include "common/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/text.hpp"

namespace whittle {

// A code span's fence is longer than any run of backticks in it (CommonMark, 6.1); a bar would end the cell
// of a table (GFM, 4.10).
std::string markdown_code(std::string_view text) {
  constexpr std::size_t longest_text = 2000;
  std::string inner;
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : escaped(text, false, longest_text)) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
    if (c == '|') inner += '\\';
    inner += c;
  }
  const std::string fence(longest + 1, '`');
  const std::string_view blank = longest > 0 ? " " : "";  // which a renderer takes away again
  return fmt::format("{}{}{}{}{}", fence, blank, inner, blank, fence);
}

}  // namespace whittle
