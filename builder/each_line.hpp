// What other programs print, line by line.
#pragma once

#include <algorithm>
#include <string_view>

namespace whittle::builder {

// Calls `visit` with each line, without its end. The last one may lack an end.
template <class Visit>
void each_line(std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    visit(line);
  }
}

}  // namespace whittle::builder
