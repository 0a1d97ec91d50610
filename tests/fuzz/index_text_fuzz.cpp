// An edit of a list's text means what the same edit of the parsed document means.
#include "registry/index_text.hpp"

#include "common/json.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {
namespace {

Json replaced(Json list, bool first_taken_out) {
  if (first_taken_out) list.erase(0);
  list.insert(first_taken_out ? list.begin() : list.end(), Json::object());
  return list;
}

void check_list(std::string_view text, const Json& document, const std::string& key) {
  const auto list = registry::find_list(text, key);
  const Json& wanted = document[key];
  require(list.has_value() == wanted.is_array(), "a list is found where there is one");
  if (!list) return;
  require(list->elements.size() == wanted.size(), "every element is found");
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto [begin, end] = list->elements[i];
    require(parse_json(text.substr(begin, end - begin), "an element") == wanted[i],
            "elements are where they are");
  }
  for (const bool first : {false, true}) {
    if (first && wanted.empty()) continue;
    const auto taken_out = first ? std::set<std::size_t>{0} : std::set<std::size_t>{};
    auto expected = document;
    expected[key] = replaced(wanted, first);
    const auto edited = registry::replace_elements(text, *list, taken_out, "{}");
    require(parse_json(edited, "the edited text") == expected, "an edit changes what it should");
  }
}

}  // namespace

void index_text_input(std::string_view input) {
  const auto document = parsed([&] { return parse_json(input, "the input"); });
  if (!document || !document->is_object()) return;
  for (const auto& member : document->items()) check_list(input, *document, member.key());
}

}  // namespace whittle::fuzz
