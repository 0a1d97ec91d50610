// Markdown as GitHub, GitLab and Gitea render it.
#pragma once

#include <string>
#include <string_view>

namespace whittle {

// Foreign text as inert text in a code span, also inside the cell of a table; cut at 2000 bytes.
std::string markdown_code(std::string_view text);

}  // namespace whittle
