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

std::string page_of(const PageImage& image, const PageImage* against) {
  static const std::vector<Node> nothing;
  const auto compared = compare_trees(image.tree, against == nullptr ? nothing : against->tree);
  Json data = {{"place", escaped(image.place, false, 1'000)},
               {"platform", image.platform},
               {"tree", compact(compared, against != nullptr)}};
  if (against != nullptr) data["against"] = escaped(against->place, false, 1'000);
  std::string page(page_beginning);
  page += in_script(data);
  page += page_end;
  return page;
}

}  // namespace whittle::attribution
