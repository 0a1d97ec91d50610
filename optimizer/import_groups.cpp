#include "optimizer/import_groups.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

namespace whittle::optimizer {
namespace {

using attribution::Node;
using builder::ListedPackage;

// A group counts beside the one that brings it when it has at least this share of its bytes.
constexpr double worth_naming = 0.5;
constexpr std::uint64_t heavy_file = 64U << 10U;  // bytes
constexpr std::uint64_t heavy_code = 16U << 10U;  // bytes, compressed

constexpr std::array<std::string_view, 12> basics = {"bufio", "bytes",   "context",       "fmt",
                                                     "log",   "os",      "path/filepath", "runtime",
                                                     "sort",  "strings", "sync",          "time"};

void collect(const std::vector<Node>& nodes, PackageSizes& sizes) {
  for (const auto& node : nodes) {
    if (node.kind == Node::Kind::package)
      sizes[node.name] += node.size;
    else
      collect(node.children, sizes);
  }
}

// The packages of a program as numbers.
class Graph {
 public:
  Graph(const std::vector<ListedPackage>& packages, const std::string& main) : packages_(packages) {
    std::map<std::string_view, std::size_t> numbers;
    for (std::size_t i = 0; i < packages.size(); ++i) numbers[packages[i].import_path] = i;
    imports_.resize(packages.size());
    for (std::size_t i = 0; i < packages.size(); ++i)
      for (const auto& path : packages[i].imports)
        if (const auto found = numbers.find(path); found != numbers.end())
          imports_[i].push_back(found->second);
    for (const std::string_view root :
         {std::string_view(main), std::string_view("runtime")})  // which the linker adds
      if (const auto found = numbers.find(root); found != numbers.end()) roots_.push_back(found->second);
    for (const auto basic : basics)
      if (const auto found = numbers.find(basic); found != numbers.end()) basics_.push_back(found->second);
  }

  // What can be reached from `start` without the packages that are `closed`.
  std::vector<bool> reached(const std::vector<std::size_t>& start, const std::vector<bool>& closed) const {
    std::vector<bool> seen(packages_.size());
    std::vector<std::size_t> open = start;
    while (!open.empty()) {
      const auto at = open.back();
      open.pop_back();
      if (seen[at] || closed[at]) continue;
      seen[at] = true;
      open.insert(open.end(), imports_[at].begin(), imports_[at].end());
    }
    return seen;
  }
  std::vector<bool> reached(const std::vector<bool>& closed) const { return reached(roots_, closed); }
  std::vector<bool> all() const { return reached(std::vector<bool>(packages_.size())); }
  std::vector<bool> basic() const { return reached(basics_, std::vector<bool>(packages_.size())); }

 private:
  const std::vector<ListedPackage>& packages_;
  std::vector<std::vector<std::size_t>> imports_ = {};
  std::vector<std::size_t> roots_ = {};
  std::vector<std::size_t> basics_ = {};
};

attribution::Size size_of(const PackageSizes& sizes, const std::string& path) {
  const auto found = sizes.find(path);
  return found == sizes.end() ? attribution::Size() : found->second;
}

std::string own_module(const std::vector<ListedPackage>& packages, const std::string& main) {
  for (const auto& package : packages)
    if (package.import_path == main) return package.module;
  return {};
}

// Which packages can be advised on: those of the program that a programmer may have chosen to import.
class Choice {
 public:
  Choice(const std::vector<ListedPackage>& packages, const Graph& graph, const std::string& main)
      : packages_(packages),
        main_(main),
        there_(graph.all()),
        basic_(graph.basic()),
        own_(own_module(packages, main)) {}

  bool has(std::size_t i) const {
    const auto& package = packages_[i];
    return there_[i] && !basic_[i] && package.import_path != main_ &&
           !(package.standard && is_hidden(package.import_path));
  }
  bool is_own(const ListedPackage& package) const { return !own_.empty() && package.module == own_; }

 private:
  // Nobody but Go's own library can import these.
  static bool is_hidden(std::string_view path) {
    return path.starts_with("internal/") || path.starts_with("vendor/") ||
           path.find("/internal/") != std::string_view::npos;
  }

  const std::vector<ListedPackage>& packages_;
  const std::string& main_;
  std::vector<bool> there_;
  std::vector<bool> basic_;
  std::string own_;
};

// The group of these packages, with what nothing else reaches.
ImportGroup group_of(std::string name, bool is_module, const std::vector<std::size_t>& members,
                     const Graph& graph, const std::vector<ListedPackage>& packages,
                     const PackageSizes& sizes) {
  ImportGroup group{std::move(name), is_module};
  std::vector<bool> closed(packages.size());
  for (const auto i : members) {
    closed[i] = true;
    group.packages.push_back(&packages[i]);
  }
  const auto there = graph.all();
  const auto left = graph.reached(closed);
  for (std::size_t i = 0; i < packages.size(); ++i) {
    if (!there[i] || left[i]) continue;
    group.brought.push_back(&packages[i]);
    group.size += size_of(sizes, packages[i].import_path);
  }
  std::sort(group.brought.begin(), group.brought.end());  // by address: in the order of the listing
  return group;
}

// Every module and every package of Go's library with what it brings, the largest first.
std::vector<ImportGroup> all_groups(const std::vector<ListedPackage>& packages, const std::string& main,
                                    const PackageSizes& sizes) {
  const Graph graph(packages, main);
  const Choice choice(packages, graph, main);
  std::map<std::pair<bool, std::string>, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < packages.size(); ++i) {
    if (!choice.has(i) || choice.is_own(packages[i])) continue;
    const bool is_module = !packages[i].module.empty();
    members[{is_module, is_module ? packages[i].module : packages[i].import_path}].push_back(i);
  }
  std::vector<ImportGroup> groups;
  for (const auto& [name, numbers] : members)
    groups.push_back(group_of(name.second, name.first, numbers, graph, packages, sizes));
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.size.compressed > b.size.compressed; });
  return groups;
}

std::uint64_t size_of_largest_file(const ListedPackage& package) {
  std::uint64_t largest = 0;
  for (const auto* names : {&package.compiled, &package.embedded})
    for (const auto& name : *names) {
      std::error_code absent;
      const auto bytes = std::filesystem::file_size(package.folder / name, absent);
      if (!absent) largest = std::max<std::uint64_t>(largest, bytes);
    }
  return largest;
}

bool brings(const ImportGroup& group, const ImportGroup& other) {
  return std::includes(group.brought.begin(), group.brought.end(), other.brought.begin(),
                       other.brought.end());
}

bool is_version_suffix(std::string_view element) {
  return element.size() > 1 && element.front() == 'v' &&
         element.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

// "example.com/text" of "example.com/text/v2", "gopkg.in/yaml" of "gopkg.in/yaml.v3" (go.dev/ref/mod, "Module
// paths").
std::string without_version(std::string_view path) {
  const auto end = path.find_last_of("/.");
  if (end != std::string_view::npos && is_version_suffix(path.substr(end + 1)) &&
      (path[end] == '/' || path.starts_with("gopkg.in/")))
    path = path.substr(0, end);
  return std::string(path);
}

}  // namespace

PackageSizes package_sizes(const std::vector<Node>& layers, const std::string& path) {
  PackageSizes sizes;
  for (const auto& layer : layers)
    for (const auto& file : layer.children)
      if (file.kind == Node::Kind::file && file.name == path) collect(file.children, sizes);
  return sizes;
}

std::vector<ImportGroup> import_groups(const std::vector<ListedPackage>& packages, const std::string& main,
                                       const PackageSizes& sizes, std::size_t most) {
  std::vector<ImportGroup> chosen;
  for (auto& group : all_groups(packages, main, sizes)) {
    if (chosen.size() >= most || group.size.compressed == 0) break;
    const bool goes_along = std::any_of(chosen.begin(), chosen.end(), [&](const ImportGroup& larger) {
      return brings(larger, group) && static_cast<double>(group.size.compressed) <
                                          worth_naming * static_cast<double>(larger.size.compressed);
    });
    if (!goes_along) chosen.push_back(std::move(group));
  }
  return chosen;
}

std::vector<ImportGroup> heavy_packages(const std::vector<ListedPackage>& packages, const std::string& main,
                                        const PackageSizes& sizes, const std::vector<ImportGroup>& besides,
                                        std::size_t most) {
  const Graph graph(packages, main);
  const Choice choice(packages, graph, main);
  std::set<const ListedPackage*> known;
  for (const auto& group : besides) known.insert(group.brought.begin(), group.brought.end());
  std::vector<std::pair<std::uint64_t, std::size_t>> heavy;  // weight, package
  for (std::size_t i = 0; i < packages.size(); ++i) {
    const auto& package = packages[i];
    if (!choice.has(i) || known.contains(&package)) continue;
    auto weight = size_of_largest_file(package);
    if (weight < heavy_file) weight = 0;
    const auto code = size_of(sizes, package.import_path).compressed;
    if (choice.is_own(package) && code >= heavy_code) weight = std::max(weight, code);
    if (weight > 0) heavy.emplace_back(weight, i);
  }
  std::stable_sort(heavy.begin(), heavy.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<ImportGroup> groups;
  for (std::size_t i = 0; i < std::min(most, heavy.size()); ++i)
    groups.push_back(
        group_of(packages[heavy[i].second].import_path, false, {heavy[i].second}, graph, packages, sizes));
  return groups;
}

std::map<std::string, std::vector<ImportGroup>> several_versions(const std::vector<ListedPackage>& packages,
                                                                 const std::string& main,
                                                                 const PackageSizes& sizes) {
  std::map<std::string, std::vector<ImportGroup>> versions;
  for (auto& group : all_groups(packages, main, sizes)) {
    if (!group.is_module) continue;
    group.size = {};  // of its own packages alone: what it brings may serve the other version as well
    for (const auto* package : group.packages) group.size += size_of(sizes, package->import_path);
    auto& of_path = versions[without_version(group.name)];
    of_path.push_back(std::move(group));
  }
  std::erase_if(versions, [](const auto& entry) { return entry.second.size() < 2; });
  for (auto& [path, groups] : versions)
    std::stable_sort(groups.begin(), groups.end(),
                     [](const auto& a, const auto& b) { return a.size.compressed > b.size.compressed; });
  return versions;
}

}  // namespace whittle::optimizer
