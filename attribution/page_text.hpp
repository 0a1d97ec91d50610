// The page around the tree: its style and its script.
#pragma once

#include <string_view>

namespace whittle::attribution {

// The tree stands between them, as the value of a variable of the script.
extern const std::string_view page_beginning;
extern const std::string_view page_end;

}  // namespace whittle::attribution
