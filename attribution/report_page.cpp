#include "attribution/report_page.hpp"

#include <algorithm>

#include "attribution/page_text.hpp"
#include "attribution/report_json.hpp"
#include "attribution/tree_difference.hpp"
#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::attribution {
namespace {

// In a script only "<" could end it (HTML, 4.12.1.3).
std::string in_script(const Json& json) {
  std::string text;
  for (const char c : canonical(json)) {
    if (c == '<')
      text += "\\u003c";
    else
      text += c;
  }
  return text;
}

// As short as can be: [name, kind, size, compressed, children, compressed size of the same part elsewhere].
Json compact(const std::vector<ComparedNode>& nodes, bool is_compared) {
  Json list = Json::array();
  for (const auto& node : nodes) {
    Json row = {escaped(as_utf8(node.name), false, 1'000), name_of(node.kind), node.size.raw,
                node.size.compressed, compact(node.children, is_compared)};
    if (is_compared) row.push_back(node.before.compressed);
    list.push_back(std::move(row));
  }
  return list;
}

}  // namespace

std::string page_of(const Page& page) {
  static const std::vector<Node> nothing;
  Json platforms = Json::array();
  for (const auto& platform : page.platforms) {
    const auto& before = platform.against == nullptr ? nothing : *platform.against;
    const auto compared = compare_trees(platform.tree, before);
    platforms.push_back({{"name", escaped(platform.name, false, 100)},
                         {"tree", compact(compared, page.against.has_value())}});
  }
  Json data = {{"place", escaped(page.place, false, 1'000)}, {"platforms", std::move(platforms)}};
  if (page.against) data["against"] = escaped(*page.against, false, 1'000);
  std::string text(page_beginning);
  text += in_script(data);
  text += page_end;
  return text;
}

}  // namespace whittle::attribution
