// Says of each file of an image what became of it.
#pragma once

#include <map>
#include <string>

#include "slimming/layer_plan.hpp"
#include "slimming/platform_report.hpp"
#include "slimming/selection.hpp"
#include "slimming/source_image.hpp"
#include "slimming/symbols.hpp"

namespace whittle::slimming {

// The sums by rule of the files that are not kept; `on_file`, if given, is told of each file.
std::map<std::string, RuleReport> report_files(const SourceImage& image, const Selection& selection,
                                               const Symbols& symbols, const LayerPlan& plan,
                                               const OnFile& on_file);

}  // namespace whittle::slimming
