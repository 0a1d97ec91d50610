// What has changed between two builds, as their records tell it.
#pragma once

#include <string>
#include <vector>

#include "evidence/build_record.hpp"

namespace whittle::optimizer {

// Lines for people, those that explain most first; of files at most 20 and how many more there are. Escaped.
// `now` is the later one: "internal/gen/table.go was modified since".
std::vector<std::string> record_differences(const evidence::BuildRecord& then,
                                            const evidence::BuildRecord& now);

// "a.go, b.go and 7 more files were modified since", for at most 20 of them.
std::string modified_since(const std::vector<std::string>& files);

}  // namespace whittle::optimizer
