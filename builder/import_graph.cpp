#include "builder/import_graph.hpp"

#include <algorithm>

#include "common/text.hpp"

namespace whittle::builder {

// Breadth first, the imports of each in the order of their names: whatever is reached first is reached by the
// shortest chain, and by the first of those.
ImportGraph::ImportGraph(const std::vector<ListedPackage>& listing, const std::string& main) : main_(main) {
  std::map<std::string, const ListedPackage*> by_path;
  for (const auto& package : listing) by_path[package.import_path] = &package;
  const auto reach = [&](const std::string& path, const std::string& importer) {
    const auto found = by_path.find(path);
    if (found == by_path.end()) return;
    if (reached_.try_emplace(path, Reached{importer, found->second->module}).second) order_.push_back(path);
  };
  reach(main, {});
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const std::string importer = order_[i];
    auto imports = by_path.at(importer)->imports;
    if (importer == main) imports.emplace_back("runtime");  // which the linker adds to every program
    std::sort(imports.begin(), imports.end());
    for (const auto& path : imports) reach(path, importer);
  }
}

ImportChain ImportGraph::chain(const std::string& package) const {
  std::string path = package == "main" ? main_ : package;
  if (!reached_.contains(path)) return {};
  ImportChain chain = {path};
  while (path != main_) chain.push_back(path = reached_.at(path).importer);
  std::reverse(chain.begin(), chain.end());
  return chain;
}

ImportChain ImportGraph::chain_to_module(const std::string& module) const {
  const auto is_of_module = [&](const std::string& path) { return reached_.at(path).module == module; };
  const auto first = std::find_if(order_.begin(), order_.end(), is_of_module);
  return first == order_.end() ? ImportChain() : chain(*first);
}

std::string ImportGraph::text(const ImportChain& chain) const {
  const auto main = reached_.find(main_);
  const std::string own = main == reached_.end() ? std::string() : main->second.module;
  std::string text;
  for (const auto& path : chain) {
    if (!text.empty()) text += " → ";
    if (!own.empty() && path == own)
      text += '.';
    else if (!own.empty() && path.starts_with(own + "/") && reached_.at(path).module == own)
      text += "./" + escaped(path.substr(own.size() + 1));
    else
      text += escaped(path);
  }
  return text;
}

}  // namespace whittle::builder
