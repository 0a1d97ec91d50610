#include "attribution/section_shares.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "binaries/go_symbol_name.hpp"

namespace whittle::attribution {
namespace {

constexpr std::string_view other_packages = "other packages";
constexpr std::string_view foreign_code = "not Go";
constexpr std::string_view made_by_tools = "made by the compiler";

Node leaf(std::string name, Node::Kind kind, const Size& size) {
  return {std::move(name), kind, size, {}};
}

// Names that Go's compiler and linker give to what no package has.
bool is_made_by_tools(std::string_view symbol) {
  for (const std::string_view start : {"go:", "go.", "type:", "type.", "$", "."})
    if (symbol.starts_with(start)) return true;
  return false;
}

void add_child(Node& parent, Node child) {
  parent.size += child.size;
  parent.children.push_back(std::move(child));
}

std::string name_in_package(std::string_view symbol) {
  auto name = binaries::parse_go_symbol_name(symbol);
  if (name.package.empty() || name.receiver.empty()) return std::move(name.function);
  return fmt::format("({}).{}", name.receiver, name.function);
}

}  // namespace

// Stretches mostly follow each other: where one begins, the last one ended.
Size SectionShares::price(std::uint64_t offset, std::uint64_t size) {
  const auto begin = offset == last_.raw ? last_.compressed : view_.positions.at(offset);
  last_ = {offset + size, view_.positions.at(offset + size)};
  return {size, last_.compressed - begin};
}

void SectionShares::add_function(std::size_t function, std::uint64_t offset, std::uint64_t size) {
  if (by_function_.empty()) by_function_.resize(view_.functions->count());
  by_function_[function] += price(offset, size);
}

void SectionShares::add_data(std::string_view symbol, std::uint64_t offset, std::uint64_t size) {
  const auto name = package_of(symbol);
  if (name.empty() && !is_made_by_tools(symbol)) return add_foreign(symbol, offset, size);
  add_named(package(name), name_in_package(symbol), price(offset, size));
}

void SectionShares::add_foreign(std::string_view symbol, std::uint64_t offset, std::uint64_t size) {
  if (symbol.empty())
    foreign_.parts["code without a symbol"] += price(offset, size);
  else
    add_named(foreign_, std::string(symbol), price(offset, size));
}

void SectionShares::add_named(Package& owner, std::string name, const Size& size) {
  if (size.raw >= smallest_named) {
    owner.named[std::move(name)] += size;
    return;
  }
  owner.smaller += size;
  ++owner.smaller_count;
}

void SectionShares::add_to_package(std::string_view name, std::string_view what, std::uint64_t offset,
                                   std::uint64_t size) {
  auto& parts = package(name).parts;
  const auto found = parts.find(what);
  (found == parts.end() ? parts[std::string(what)] : found->second) += price(offset, size);
}

void SectionShares::add_part(std::string_view what, std::uint64_t offset, std::uint64_t size) {
  const auto found = parts_.find(what);
  (found == parts_.end() ? parts_[std::string(what)] : found->second) += price(offset, size);
}

SectionShares::Package& SectionShares::package(std::string_view name) {
  const auto found = packages_.find(name);
  if (found != packages_.end()) return found->second;
  return packages_[std::string(packages_.size() < most_packages ? name : other_packages)];
}

// The largest get a node each, in the order of the table where they are of one size.
void SectionShares::place_functions(std::size_t most) {
  std::vector<std::uint32_t> present;
  for (std::uint32_t i = 0; i < by_function_.size(); ++i)
    if (by_function_[i].raw > 0) present.push_back(i);
  const auto kept = std::min(most, present.size());
  const auto middle = present.begin() + static_cast<std::ptrdiff_t>(kept);
  std::nth_element(present.begin(), middle, present.end(), [this](std::uint32_t a, std::uint32_t b) {
    return std::pair(by_function_[b].raw, a) < std::pair(by_function_[a].raw, b);
  });
  std::sort(present.begin(), middle);
  std::sort(middle, present.end());
  if (present.empty()) return;
  binaries::GoFunctions::Names names(*view_.functions);
  // Neighbours mostly belong to one package.
  std::string package_name;
  Package* owner = nullptr;
  for (std::size_t i = 0; i < present.size(); ++i) {
    const auto& size = by_function_[present[i]];
    const auto name = names[present[i]];
    if (auto of_this = package_of(name); owner == nullptr || of_this != package_name) {
      package_name = std::move(of_this);
      owner = &package(package_name);
    }
    if (i < kept) {
      owner->functions.push_back(leaf(name_in_package(name), Node::Kind::function, size));
    } else {
      owner->smaller += size;
      ++owner->smaller_count;
    }
  }
  by_function_ = {};
}

Node SectionShares::node_of(std::string name, Node::Kind kind, Package& content, Node::Kind kind_of_named) {
  Node node{std::move(name), kind, {}, std::move(content.functions)};
  for (const auto& function : node.children) node.size += function.size;
  for (const auto& [symbol, size] : content.named) add_child(node, leaf(symbol, kind_of_named, size));
  for (const auto& [what, size] : content.parts) add_child(node, leaf(what, Node::Kind::part, size));
  if (content.smaller_count > 0)
    add_child(node,
              leaf(fmt::format("{} smaller", content.smaller_count), Node::Kind::smaller, content.smaller));
  return node;
}

std::vector<Node> SectionShares::nodes(std::size_t most_functions) {
  place_functions(most_functions);
  std::map<std::string, Node> modules;
  for (auto& [name, content] : packages_) {
    const auto module_name = name.empty()             ? std::string(made_by_tools)
                             : name == other_packages ? std::string(PackageModules::unknown_module)
                                                      : view_.modules.of(name);
    auto& module = modules.try_emplace(module_name, Node{module_name, Node::Kind::module}).first->second;
    add_child(module, node_of(name.empty() ? std::string(made_by_tools) : name, Node::Kind::package, content,
                              Node::Kind::data));
  }
  std::vector<Node> result;
  for (auto& [name, module] : modules) result.push_back(std::move(module));
  if (auto foreign = node_of(std::string(foreign_code), Node::Kind::module, foreign_, Node::Kind::function);
      foreign.size.raw > 0)
    result.push_back(std::move(foreign));
  for (const auto& [what, size] : parts_) result.push_back(leaf(what, Node::Kind::part, size));
  return result;
}

}  // namespace whittle::attribution
