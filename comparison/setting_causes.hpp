// What a setting of Go's build information that differs means, in words.
#pragma once

#include <string>
#include <vector>

#include "comparison/finding.hpp"

namespace whittle::comparison {

struct SettingCause {
  std::string kind;  // "trimpath", "buildvcs", "linker-flag", "build-tag", "build-flag"
  std::string text;
};

// For a finding of aspect "go-setting": one cause for each tag and each linker flag that differs, else one.
std::vector<SettingCause> setting_causes(const Finding& setting);

// Whether the setting changes the code that is compiled: all but what is only recorded, and what only the
// linker sees.
bool changes_code(const Finding& setting);

// "-trimpath" of "setting -trimpath".
std::string setting_name(const Finding& setting);

}  // namespace whittle::comparison
