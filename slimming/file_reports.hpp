// Says of each file of an image what became of it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "slimming/layer_plan.hpp"
#include "slimming/platform_report.hpp"
#include "slimming/selection.hpp"
#include "slimming/source_image.hpp"
#include "slimming/symbols.hpp"

namespace whittle::slimming {

struct FileReports {
  // Sorted by path and layer. Folders are there only when they go.
  std::vector<FileReport> files = {};
  std::map<std::string, RuleReport> rules = {};  // of those that are not kept
};

// Without `is_list_wanted` only the sums: the list takes more memory than the image's tree.
FileReports report_files(const SourceImage& image, const Selection& selection, const Symbols& symbols,
                         const LayerPlan& plan, bool is_list_wanted);

}  // namespace whittle::slimming
