// What grew and what shrank against another image, for people.
#pragma once

#include <string>
#include <vector>

#include "attribution/report_text.hpp"
#include "attribution/tree_difference.hpp"

namespace whittle::attribution {

// The whole, then the files, modules and packages whose compressed size changed most; style.by is not asked.
// Names are escaped.
std::string text_of_changes(const std::vector<ComparedNode>& compared, const std::string& against,
                            const TextStyle& style);

}  // namespace whittle::attribution
