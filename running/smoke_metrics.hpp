// What a run showed, for Prometheus: its text format (prometheus.io/docs/instrumenting/exposition_formats),
// as the textfile collector of the node exporter reads it.
#pragma once

#include <string>
#include <string_view>

#include "running/smoke.hpp"

namespace whittle::running {

// Gauges named whittle_smoke_…, with the image's place as a label.
std::string metrics_of(const SmokeResult& result, std::string_view image);

}  // namespace whittle::running
