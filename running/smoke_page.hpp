// What a run showed, as one page that asks nothing of a network.
#pragma once

#include <string>

#include "common/json.hpp"

namespace whittle::running {

// `report` is what to_json() gives, with the image in it. All of its text stays text (hostile 272).
std::string page_of(const Json& report);

}  // namespace whittle::running
