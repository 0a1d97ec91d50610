// Leaves of an image what it needs to start and to do its work (closure/closure.hpp).
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "slimming/selection.hpp"
#include "slimming/source_image.hpp"

namespace whittle::slimming {

// Drops each file that nothing asks for, and `strict` what is asked for only perhaps; gives those that stay
// their reason. What is pinned is wanted, with all that it asks for; what went by a rule before counts as not
// there. Reads each file that is left once, as far as it may ask for something. Returns warnings, escaped.
// Errors as closure() and FactReader.
std::vector<std::string> drop_unneeded(const SourceImage& image, bool strict, Selection& selection,
                                       const std::stop_token& stop);

}  // namespace whittle::slimming
