// Says of each file of an image what became of it.
#pragma once

#include <vector>

#include "slimming/layer_plan.hpp"
#include "slimming/platform_report.hpp"
#include "slimming/selection.hpp"
#include "slimming/source_image.hpp"
#include "slimming/symbols.hpp"

namespace whittle::slimming {

// Sorted by path and layer. Folders are there only when they go.
std::vector<FileReport> report_files(const SourceImage& image, const Selection& selection, const Symbols& symbols,
                                     const LayerPlan& plan);

}  // namespace whittle::slimming
