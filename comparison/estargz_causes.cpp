#include "comparison/estargz_causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "layers/estargz_index.hpp"
#include "layers/estargz_layer.hpp"

namespace whittle::comparison {
namespace {

using Group = CauseList::Group;

bool passes(const Finding& finding, std::string_view step) {
  return std::find(finding.where.begin(), finding.where.end(), step) != finding.where.end();
}

bool is_of_estargz(const Finding& finding) {
  return passes(finding, layers::estargz_index_name) || passes(finding, layers::estargz_landmark) ||
         passes(finding, layers::estargz_index_digest) || passes(finding, layers::estargz_uncompressed_size);
}

bool is_of_compression(const Finding& finding) {
  return finding.aspect == "compression" || finding.aspect == "compressor";
}

// One image has the form, the other has not.
void explain_presence(CauseList& causes) {
  for (const bool in_a : {true, false}) {
    const auto group = causes.those([&](const Finding& finding) {
      return is_of_estargz(finding) && (finding.aspect == "entry" || finding.aspect == "annotation") &&
             finding.a.has_value() == in_a && finding.b.has_value() != in_a;
    });
    if (group.empty()) continue;
    causes.explain(group, "estargz",
                   fmt::format("only {} is made for lazy pulling (eStargz): it has an index, a landmark and "
                               "annotations",
                               in_a ? "A" : "B"));
  }
}

// Both have it. Where files differ, the index does as well; where none does, the index is the news.
void explain_indexes(CauseList& causes) {
  std::map<std::pair<std::string, std::string>, Group> layers;
  for (const auto* finding : causes.those(is_of_estargz))
    if (finding->where.size() > 2) layers[{finding->where[0], finding->where[1]}].push_back(finding);
  for (const auto& [layer, group] : layers) {
    const auto others = causes.those([&layer = layer](const Finding& finding) {
      return finding.where.size() > 2 && finding.where[0] == layer.first &&
             finding.where[1] == layer.second && !is_of_estargz(finding) && !is_of_compression(finding);
    });
    if (!others.empty()) {
      causes.drop(group);
      continue;
    }
    const auto detail = std::find_if(group.begin(), group.end(),
                                     [](const Finding* finding) { return finding->aspect == "json"; });
    const Finding& first = detail == group.end() ? *group.front() : **detail;
    causes.explain(group, "estargz",
                   fmt::format("the eStargz index of {} differs, and no file: {} is {}", layer_of(first),
                               place_text(first), instead(first)));
  }
}

}  // namespace

void add_estargz_causes(CauseList& causes) {
  explain_presence(causes);
  explain_indexes(causes);
}

}  // namespace whittle::comparison
