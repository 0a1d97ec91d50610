#include "optimizer/blind_linker.hpp"

#include <algorithm>
#include <set>

namespace whittle::optimizer {
namespace {

constexpr std::size_t most_names = 10'000;
constexpr std::size_t longest_name = 4096;
constexpr std::string_view mark = "calls methods by name: ";

}  // namespace

std::optional<std::string> blinded(std::string source) {
  constexpr std::string_view seen = "d.reflectSeen = d.reflectSeen || d.ldr.IsReflectMethod(symIdx)";
  const auto at = source.find(seen);
  if (at == std::string::npos || source.find(seen, at + 1) != std::string::npos) return std::nullopt;
  if (source.find("\t\"fmt\"\n") == std::string::npos) return std::nullopt;
  const auto told = R"(if d.ldr.IsReflectMethod(symIdx) { fmt.Printf(")" + std::string(mark) +
                    R"(%s\n", d.ldr.SymName(symIdx)) })";
  return source.replace(at, seen.size(), told);
}

std::vector<std::string> parse_marks(std::string_view text) {
  std::set<std::string, std::less<>> names;
  while (!text.empty() && names.size() < most_names) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.starts_with(mark)) continue;
    const auto name = line.substr(mark.size());
    if (!name.empty() && name.size() <= longest_name) names.emplace(name);
  }
  return {names.begin(), names.end()};
}

}  // namespace whittle::optimizer
