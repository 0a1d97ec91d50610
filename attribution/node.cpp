#include "attribution/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <tuple>

namespace whittle::attribution {
namespace {

void collect(const std::vector<Node>& nodes, std::vector<std::uint64_t>& sizes) {
  for (const auto& node : nodes)
    for (const auto& child : node.children) sizes.push_back(child.size.raw);
  for (const auto& node : nodes) collect(node.children, sizes);
}

// A single one that is too small keeps its name: another name would not be shorter.
void fold(std::vector<Node>& nodes, std::uint64_t smallest) {
  const auto is_small = [smallest](const Node& node) { return node.size.raw < smallest; };
  const auto small = static_cast<std::size_t>(std::count_if(nodes.begin(), nodes.end(), is_small));
  if (small == nodes.size()) {
    nodes = {};
    return;
  }
  if (small > 1) {
    Node rest{fmt::format("{} smaller", small), Node::Kind::smaller};
    for (const auto& node : nodes)
      if (is_small(node)) rest.size += node.size;
    nodes.erase(std::remove_if(nodes.begin(), nodes.end(), is_small), nodes.end());
    nodes.push_back(std::move(rest));
    nodes.shrink_to_fit();
  }
  for (auto& node : nodes) fold(node.children, smallest);
}

}  // namespace

std::string_view name_of(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::layer:
      return "layer";
    case Node::Kind::file:
      return "file";
    case Node::Kind::section:
      return "section";
    case Node::Kind::module:
      return "module";
    case Node::Kind::package:
      return "package";
    case Node::Kind::function:
      return "function";
    case Node::Kind::data:
      return "data";
    case Node::Kind::part:
      return "part";
    case Node::Kind::smaller:
      return "smaller";
    case Node::Kind::unattributed:
      return "unattributed";
  }
  return "unknown";
}

std::string shown_name(Node::Kind kind, const std::string& name) {
  return kind == Node::Kind::file && !name.starts_with('/') ? "/" + name : name;
}

void sort_by_size(std::vector<Node>& nodes) {
  std::stable_sort(nodes.begin(), nodes.end(), [](const Node& a, const Node& b) {
    return std::tie(b.size.compressed, b.size.raw, a.name) < std::tie(a.size.compressed, a.size.raw, b.name);
  });
  for (auto& node : nodes) sort_by_size(node.children);
}

void keep_largest(std::vector<Node>& nodes, std::size_t most) {
  std::vector<std::uint64_t> sizes;
  collect(nodes, sizes);
  if (sizes.size() <= most) return;
  auto smallest = std::numeric_limits<std::uint64_t>::max();
  if (most > 0) {
    const auto last = sizes.begin() + static_cast<std::ptrdiff_t>(most - 1);
    std::nth_element(sizes.begin(), last, sizes.end(), std::greater<>());
    // Of many equal ones all stay or none.
    const auto equal = static_cast<std::size_t>(std::count(last, sizes.end(), *last));
    smallest = *last + (equal > std::max<std::size_t>(most / 8, 1) ? 1 : 0);
  }
  for (auto& node : nodes) fold(node.children, smallest);
}

}  // namespace whittle::attribution
