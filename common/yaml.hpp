// A strict reader of one YAML document. Every scalar is the text that was written, nothing is retyped: `no`,
// `1.10` and `~` are two, four and one characters. What is refused, and why, stands in docs/spec.md.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/yaml_events.hpp"

namespace whittle {

struct YamlNode;
using YamlPointer = std::shared_ptr<const YamlNode>;

struct YamlEntry {
  std::string key;
  YamlMark mark;  // of the key
  YamlPointer value;
};

// Immutable once parsed. An alias shares the node of its anchor, so a node may have several parents; walking
// the tree visits at most YamlLimits::nodes nodes, YamlLimits::depth deep.
struct YamlNode {
  enum class Type { scalar, sequence, mapping };
  Type type = Type::scalar;
  YamlMark mark = {};
  std::string text = {};                // of a scalar, quotes and escapes resolved
  bool plain = false;                   // the scalar is written without quotes
  std::vector<YamlPointer> items = {};  // of a sequence
  std::vector<YamlEntry> entries = {};  // of a mapping, in the order of the file, keys distinct

  // A plain scalar of no characters: a key without a value.
  bool is_blank() const { return type == Type::scalar && plain && text.empty(); }
};

struct YamlLimits {
  std::size_t bytes = 1U << 20U;       // of the file
  std::size_t depth = 64;              // of containers, aliases followed
  std::size_t nodes = 100'000;         // keys and values, aliases followed
  std::size_t text_bytes = 4U << 20U;  // of all keys and scalars, aliases followed
};

// The root of the document, or null when there is none (nothing but comments). `name` stands for the file in
// messages. Error(spec) "NAME:LINE:COLUMN: …" for ill-formed text, a second document, a doubled key, tags,
// merge keys, keys that are not text, an alias inside its own anchor, and characters that are invisible or
// not UTF-8; Error(spec_limit) beyond the limits. Uses little stack whatever the text.
YamlPointer parse_yaml(std::string_view text, std::string_view name, const YamlLimits& limits = {});

}  // namespace whittle
