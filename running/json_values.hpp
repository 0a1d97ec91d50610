// Values as the results of runs have them in JSON.
#pragma once

#include <cmath>
#include <optional>

#include "common/json.hpp"

namespace whittle::running {

// Three places behind the point are more than any of these is measured to.
inline double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

}  // namespace whittle::running
