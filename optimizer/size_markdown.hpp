// What became of an image's size, for a pull request.
#pragma once

#include <string>

#include "optimizer/size_comparison.hpp"

namespace whittle::optimizer {

// Markdown with tables and folded details, as GitHub, GitLab and Gitea render it: the image and its layers
// before and after, every limit, what is new with its imports; behind a fold what else changed. What comes
// from outside stands in code spans and can change nothing around it.
std::string markdown_of(const ComparedImage& image);

}  // namespace whittle::optimizer
