// Trees and waste in the documented form of `inspect --json` (docs/formats.md).
#pragma once

#include <cstddef>
#include <vector>

#include "attribution/node.hpp"
#include "attribution/tree_difference.hpp"
#include "attribution/waste.hpp"
#include "common/json.hpp"

namespace whittle::attribution {

inline constexpr std::size_t most_wasted_files = 1'000;  // that are listed; all of them are counted

Json to_json(const std::vector<Node>& nodes);
// Of a comparison only what has another size, with what it had before.
Json to_json(const std::vector<ComparedNode>& nodes);
Json to_json(const Waste& waste);

}  // namespace whittle::attribution
