// What a YAML stream consists of, one event after another, each with where it stands in the text. Any YAML of
// libyaml's is read: several documents, tags, merge keys, keys given twice. parse_yaml() is the strict reader
// of one document.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace whittle {

// A place in the text, counted from 1; columns count characters.
struct YamlMark {
  std::size_t line = 0;
  std::size_t column = 0;
};

// Views are valid until the next event.
struct YamlEvent {
  enum class Type {
    scalar,
    alias,
    sequence_start,
    sequence_end,
    mapping_start,
    mapping_end,
    document_start,
    other,
    end
  };
  enum class Style { plain, single_quoted, double_quoted, block };
  Type type = Type::other;
  YamlMark mark = {};
  std::size_t begin = 0;  // bytes of the text: where anchor and tag of a node begin
  std::size_t end = 0;
  std::string_view text = {};    // of a scalar, quotes and escapes resolved; it may hold NUL
  Style style = Style::plain;    // of a scalar
  std::string_view anchor = {};  // of a node, or the one that an alias names
  std::string_view tag = {};     // of a node
  bool tag_directives = false;   // of the start of a document
};

// Borrows text and name. One thread per instance.
class YamlEvents {
 public:
  // `text` is UTF-8; `name` stands for the file in messages.
  YamlEvents(std::string_view text, std::string_view name);
  ~YamlEvents();
  YamlEvents(const YamlEvents&) = delete;
  YamlEvents& operator=(const YamlEvents&) = delete;

  // Error(spec) "NAME:LINE:COLUMN: …" for ill-formed text. Not to be called again after Type::end.
  YamlEvent next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace whittle
