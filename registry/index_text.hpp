// Changes one entry of an index.json without touching a byte of the others: other tools' spelling, order,
// white space and unknown fields stay as they are.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::registry {

// Where the elements of a list stand in the text of a document.
struct ListText {
  struct Span {
    std::size_t begin;
    std::size_t end;  // one past
  };
  std::size_t open;   // behind the opening bracket
  std::size_t close;  // at the closing bracket
  std::vector<Span> elements;
};

// The list under `key` of the top-level object; nothing when there is no such list. `json` must be
// well-formed.
std::optional<ListText> find_list(std::string_view json, std::string_view key);

// The document with the elements of the given numbers taken out and `element` in the place of the first of
// them, or at the end when none is taken out.
std::string replace_elements(std::string_view json, const ListText& list,
                             const std::set<std::size_t>& taken_out, std::string_view element);

}  // namespace whittle::registry
