#include "comparison/chunked_causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "layers/chunked_layer.hpp"

namespace whittle::comparison {
namespace {

bool is_of_chunked(const Finding& finding) {
  static constexpr std::array<std::string_view, 3> names = {
      layers::chunked_index_digest, layers::chunked_index_place, layers::chunked_tar_split_place};
  return finding.aspect == "annotation" && !finding.where.empty() &&
         std::find(names.begin(), names.end(), finding.where.back()) != names.end();
}

}  // namespace

// Where both have an index, it differs with what it is of.
void add_chunked_causes(CauseList& causes) {
  for (const bool in_a : {true, false}) {
    const auto group = causes.those([&](const Finding& finding) {
      return is_of_chunked(finding) && finding.a.has_value() == in_a && finding.b.has_value() != in_a;
    });
    if (!group.empty())
      causes.explain(
          group, "zstd-chunked",
          fmt::format("only {} is made for partial pulling (zstd:chunked): it has an index behind the "
                      "files, and annotations",
                      in_a ? "A" : "B"));
  }
  if (!causes.those([](const Finding& finding) { return !is_of_chunked(finding); }).empty())
    causes.drop(causes.those(is_of_chunked));
}

}  // namespace whittle::comparison
