// Reading typed values out of the YAML tree of a spec. Each mapping of the spec is a table of keys; unknown
// keys, suggestions and the comparison with the schema all come from those tables.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "builder/spec.hpp"
#include "common/error.hpp"
#include "common/yaml.hpp"

namespace whittle::builder {

// One value of the spec with the key it stands under, for messages. Borrows the tree and the file's name.
// Every method that says what it takes throws Error(spec) "FILE:LINE:COLUMN: `KEY`: …" for anything else.
class Value {
 public:
  Value(const YamlNode& node, const std::string& file, std::string key)
      : node_(&node), file_(&file), key_(std::move(key)) {}

  Position where() const;
  const std::string& key() const { return key_; }
  bool is_list() const { return node_->type == YamlNode::Type::sequence; }
  bool is_mapping() const { return node_->type == YamlNode::Type::mapping; }
  // Written without quotes, so that YAML readers may disagree on what it is.
  bool is_plain() const { return node_->plain; }

  // Text in which named values do not expand: `${` is refused and `$$` is a dollar sign. Not blank.
  std::string text() const;
  // Text as it is written, its named values checked but not expanded. Not blank.
  std::string expandable_text() const;
  // `true` or `false`, and no other spelling.
  bool boolean() const;
  // The values of a list; each goes by the key of the list.
  std::vector<Value> list() const;
  // The values of a mapping whose keys are the user's, in the order of the file.
  std::vector<Value> mapping() const;
  // text() of each value of a list.
  std::vector<std::string> texts() const;
  std::optional<Value> find(std::string_view key) const;
  // Error(spec) unless `keys` has every key of the mapping, with the nearest of them.
  void check_keys(std::span<const std::string_view> keys, std::span<const std::string_view> planned) const;

  [[noreturn]] void refuse(std::string_view why, ErrorKind kind = ErrorKind::spec) const;
  [[noreturn]] void refuse(std::string_view why, std::string hint) const;
  // Runs `work`; an Error that leaves it (of a parser that knows no spec) becomes one of this value.
  template <class Work>
  auto converting(const Work& work) const {
    try {
      return work();
    } catch (const Error& error) {
      refuse_with(error);
    }
  }

 private:
  Value child(const YamlNode& node, std::string key) const { return {node, *file_, std::move(key)}; }
  const std::string& scalar() const;
  [[noreturn]] void refuse_with(const Error& error) const;

  const YamlNode* node_;
  const std::string* file_;
  std::string key_;
};

// One key of a mapping. Without `read` it is a key that a later version will have.
template <class Target>
struct Key {
  std::string_view name;
  void (*read)(const Value&, Target&);
};
template <class Target>
using Keys = std::span<const Key<Target>>;

template <class Target>
std::vector<std::string_view> names_of(Keys<Target> keys, bool planned) {
  std::vector<std::string_view> names;
  for (const auto& key : keys)
    if ((key.read == nullptr) == planned) names.push_back(key.name);
  return names;
}

// Reads a mapping by its table: first every key is checked, then the values are read in the order of the
// table.
template <class Target>
void read_mapping(const Value& mapping, Keys<Target> keys, Target& target) {
  mapping.check_keys(names_of(keys, false), names_of(keys, true));
  for (const auto& key : keys) {
    if (key.read == nullptr) continue;
    if (const auto value = mapping.find(key.name)) key.read(*value, target);
  }
}

}  // namespace whittle::builder
