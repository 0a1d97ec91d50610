#include "attribution/change_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "common/text.hpp"

namespace whittle::attribution {
namespace {

constexpr std::size_t longest_changed_name = 100;

std::string shown_change(std::int64_t bytes) {
  const auto size = human_size(static_cast<std::uint64_t>(std::abs(bytes)));
  return bytes == 0 ? "unchanged" : fmt::format("{}{}", bytes > 0 ? '+' : '-', size);
}

struct Change {
  std::int64_t bytes = 0;
  std::uint64_t now = 0;
};
using Changes = std::map<std::string, Change>;  // by name

// Of all parts of that kind; those of one name in several places are one.
void collect(const std::vector<ComparedNode>& nodes, Node::Kind kind, Changes& changes) {
  for (const auto& node : nodes) {
    if (node.kind == kind) {
      auto& change = changes[shown_name(kind, node.name)];
      change.bytes += node.change();
      change.now += node.size.compressed;
    } else {
      collect(node.children, kind, changes);
    }
  }
}

std::string list(std::string_view title, const Changes& changes, const TextStyle& style) {
  std::vector<std::pair<std::string, Change>> rows;
  for (const auto& row : changes)
    if (row.second.bytes != 0) rows.push_back(row);
  if (rows.empty()) return {};
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::abs(a.second.bytes) > std::abs(b.second.bytes);
  });
  std::string text =
      style.color ? fmt::format("\n  \x1b[1m{}\x1b[0m\n", title) : fmt::format("\n  {}\n", title);
  const auto shown = std::min(rows.size(), style.top);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& [name, change] = rows[i];
    const auto bytes = fmt::format("{:>12}", shown_change(change.bytes));
    text += fmt::format(
        "  {} {:>12}  {}\n",
        style.color ? fmt::format("\x1b[{}m{}\x1b[0m", change.bytes > 0 ? 31 : 32, bytes) : bytes,
        change.now == 0 ? "gone" : human_size(change.now), escaped(name, false, longest_changed_name));
  }
  if (shown < rows.size()) text += fmt::format("  {:>25}  {} more\n", "", rows.size() - shown);
  return text;
}

}  // namespace

std::string text_of_changes(const std::vector<ComparedNode>& compared, const std::string& against,
                            const TextStyle& style) {
  std::int64_t whole = 0;
  for (const auto& layer : compared) whole += layer.change();
  std::string text =
      fmt::format("\n  against {}: {}, compressed\n", escaped(against, false, 1000), shown_change(whole));
  for (const auto& [title, kind] : {std::pair("files that changed", Node::Kind::file),
                                    std::pair("modules that changed", Node::Kind::module),
                                    std::pair("packages that changed", Node::Kind::package)}) {
    Changes changes;
    collect(compared, kind, changes);
    text += list(title, changes, style);
  }
  return text;
}

}  // namespace whittle::attribution
