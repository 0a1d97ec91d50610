// The metrics of a CVSS vector: "AV:N/AC:L/…".
#pragma once

#include <map>
#include <optional>
#include <string_view>

namespace whittle::vulnerabilities {

using CvssMetrics = std::map<std::string_view, std::string_view>;

// Borrows the text. Nothing when a part has no value or stands there twice.
std::optional<CvssMetrics> cvss_metrics(std::string_view text);

// The base score of version 4.0 (its specification, section 8); threat and environmental metrics do not
// count. Nothing when a base metric is missing or has another value.
std::optional<double> cvss_4_base_score(const CvssMetrics& metrics);

}  // namespace whittle::vulnerabilities
