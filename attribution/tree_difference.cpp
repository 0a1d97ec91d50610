#include "attribution/tree_difference.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace whittle::attribution {
namespace {

// What it is known by.
std::string key_of(const Node& node) {
  const auto name = node.kind == Node::Kind::layer     ? std::string()
                    : node.kind == Node::Kind::module  ? node.name.substr(0, node.name.find(' '))
                    : node.kind == Node::Kind::smaller ? std::string("smaller")
                                                       : node.name;
  return std::string(name_of(node.kind)) + ' ' + name;
}

}  // namespace

std::vector<ComparedNode> compare_trees(const std::vector<Node>& now, const std::vector<Node>& before) {
  using Place = std::pair<std::string, std::size_t>;  // the key, and how many of it came before
  std::map<Place, const Node*> earlier;
  std::map<std::string, std::size_t> counts;
  for (const auto& node : before) {
    auto key = key_of(node);
    const auto number = counts[key]++;
    earlier.emplace(Place(std::move(key), number), &node);
  }
  counts.clear();
  std::vector<ComparedNode> result;
  static const std::vector<Node> nothing;
  for (const auto& node : now) {
    auto key = key_of(node);
    const auto number = counts[key]++;
    const auto found = earlier.find(Place(std::move(key), number));
    const auto* other = found == earlier.end() ? nullptr : found->second;
    result.push_back({node.name, node.kind, node.size, other == nullptr ? Size() : other->size,
                      compare_trees(node.children, other == nullptr ? nothing : other->children)});
    if (other != nullptr) earlier.erase(found);
  }
  for (const auto& [place, node] : earlier)
    result.push_back({node->name, node->kind, {}, node->size, compare_trees(nothing, node->children)});
  std::stable_sort(result.begin(), result.end(), [](const ComparedNode& a, const ComparedNode& b) {
    const auto is_layer = [](const ComparedNode& node) { return node.kind == Node::Kind::layer; };
    if (is_layer(a) || is_layer(b)) return false;  // they keep their order
    return std::tie(b.size.compressed, b.size.raw, a.name) < std::tie(a.size.compressed, a.size.raw, b.name);
  });
  return result;
}

}  // namespace whittle::attribution
