#include "optimizer/size_comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

#include "common/text.hpp"

namespace whittle::optimizer {
namespace {

// By the first program that has one. The main package is there without any import.
template <class Find>
std::string first_chain(const std::vector<builder::ImportGraph>& imports, const Find& find) {
  for (const auto& graph : imports)
    if (const auto chain = find(graph); chain.size() > 1) return graph.text(chain);
  return {};
}

// As far as the first package that was not there before. The main package is called "main" in sizes.
builder::ImportChain up_to_new(builder::ImportChain chain, const SizesByName& before) {
  for (std::size_t i = 1; i < chain.size(); ++i)
    if (!before.contains(chain[i])) chain.resize(i + 1);
  return chain;
}

}  // namespace

std::vector<SizeChange> changes_between(const SizesByName& now, const SizesByName& before) {
  std::vector<SizeChange> changes;
  for (const auto& [name, bytes] : now) {
    const auto found = before.find(name);
    changes.push_back({name, found == before.end() ? 0 : found->second, bytes});
  }
  for (const auto& [name, bytes] : before)
    if (!now.contains(name)) changes.push_back({name, bytes, 0});
  changes.erase(
      std::remove_if(changes.begin(), changes.end(), [](const auto& one) { return one.bytes() == 0; }),
      changes.end());
  std::sort(changes.begin(), changes.end(), [](const SizeChange& a, const SizeChange& b) {
    return std::tuple(-a.bytes(), a.name) < std::tuple(-b.bytes(), b.name);
  });
  return changes;
}

std::string ComparedPlatform::chain_to_module(const std::string& path) const {
  return first_chain(imports, [&](const builder::ImportGraph& graph) { return graph.chain_to_module(path); });
}

std::string ComparedPlatform::chain_to_package(const std::string& path) const {
  return first_chain(imports, [&](const builder::ImportGraph& graph) { return graph.chain(path); });
}

std::vector<NewImport> ComparedPlatform::new_imports() const {
  std::map<std::string, NewImport> by_chain;
  if (!before) return {};
  for (const auto& [name, bytes] : now.packages) {
    if (before->packages.contains(name)) continue;
    const auto text = first_chain(imports, [&, &package = name](const builder::ImportGraph& graph) {
      return up_to_new(graph.chain(package), before->packages);
    });
    if (text.empty()) continue;
    auto& import = by_chain.try_emplace(text, NewImport{text}).first->second;
    ++import.packages;
    import.bytes += bytes;
  }
  std::vector<NewImport> result;
  for (auto& [text, import] : by_chain) result.push_back(std::move(import));
  std::stable_sort(result.begin(), result.end(),
                   [](const NewImport& a, const NewImport& b) { return a.bytes > b.bytes; });
  return result;
}

bool ComparedPlatform::is_broken() const {
  return std::any_of(limits.begin(), limits.end(), [](const LimitState& state) { return state.is_broken(); });
}

bool ComparedImage::is_broken() const {
  return std::any_of(platforms.begin(), platforms.end(),
                     [](const auto& platform) { return platform.is_broken(); });
}

bool ComparedImage::has_before() const {
  return std::any_of(platforms.begin(), platforms.end(),
                     [](const auto& platform) { return platform.before.has_value(); });
}

std::string signed_size(std::int64_t bytes) {
  const auto size = human_size(static_cast<std::uint64_t>(std::abs(bytes)));
  return fmt::format("{}{}", bytes > 0 ? "+" : bytes < 0 ? "-" : "", size);
}

}  // namespace whittle::optimizer
