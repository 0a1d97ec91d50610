#include "registry/index_text.hpp"

#include "common/json.hpp"

namespace whittle::registry {
namespace {

constexpr std::string_view white = " \t\r\n";

// Walks over well-formed JSON without recursion.
class Walker {
 public:
  explicit Walker(std::string_view json) : json_(json) {}

  std::size_t position() const { return position_; }
  char next() {
    position_ = std::min(json_.find_first_not_of(white, position_), json_.size());
    return position_ < json_.size() ? json_[position_] : '\0';
  }
  void step() { ++position_; }

  // Passes the value that begins here and returns where it stands.
  ListText::Span value() {
    next();
    const std::size_t begin = position_;
    std::size_t depth = 0;
    do {
      const char c = next();
      if (c == '\0') break;
      if (c == '"') {
        string();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++position_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++position_;
      } else if (c == ',' || c == ':') {
        ++position_;
      } else {
        position_ = std::min(json_.find_first_of(" \t\r\n,:]}", position_), json_.size());
      }
    } while (depth > 0);
    return {begin, position_};
  }

 private:
  void string() {
    for (++position_; position_ < json_.size() && json_[position_] != '"'; ++position_)
      if (json_[position_] == '\\') ++position_;
    ++position_;
  }

  std::string_view json_;
  std::size_t position_ = 0;
};

std::optional<ListText> read_list(Walker& walker) {
  if (walker.next() != '[') return std::nullopt;
  walker.step();
  ListText list{walker.position(), 0, {}};
  while (walker.next() != ']' && walker.next() != '\0') {
    list.elements.push_back(walker.value());
    if (walker.next() == ',') walker.step();
  }
  list.close = walker.position();
  return list;
}

}  // namespace

std::optional<ListText> find_list(std::string_view json, std::string_view key) {
  Walker walker(json);
  if (walker.next() != '{') return std::nullopt;
  walker.step();
  while (walker.next() == '"') {
    const auto name = walker.value();
    walker.next();
    walker.step();  // the colon
    // A key may be written with escapes, so it is decoded before it is compared.
    const auto decoded = Json::parse(json.substr(name.begin, name.end - name.begin), nullptr, false);
    if (decoded.is_string() && decoded.get_ref<const std::string&>() == key) return read_list(walker);
    walker.value();
    if (walker.next() == ',') walker.step();
  }
  return std::nullopt;
}

std::string replace_elements(std::string_view json, const ListText& list,
                             const std::set<std::size_t>& taken_out, std::string_view element) {
  const auto& elements = list.elements;
  // What stands before an element: white space before the first, a comma as well before the others.
  const auto before = [&](std::size_t i) {
    const std::size_t from = i == 0 ? list.open : elements[i - 1].end;
    return json.substr(from, elements[i].begin - from);
  };
  std::string result(json.substr(0, list.open));
  bool any = false;
  const auto add = [&](std::string_view separator, std::string_view text) {
    if (!any && !elements.empty()) separator = before(0);
    any = true;
    result += separator;
    result += text;
  };
  bool placed = false;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (!taken_out.contains(i)) {
      add(before(i), json.substr(elements[i].begin, elements[i].end - elements[i].begin));
    } else if (!placed) {
      placed = true;
      add(before(i), element);
    }
  }
  if (!placed) {
    std::string separator = elements.size() > 1 ? std::string(before(1)) : ",";
    if (elements.size() == 1) separator += before(0);
    add(elements.empty() ? std::string_view() : std::string_view(separator), element);
  }
  const std::size_t tail = elements.empty() ? list.open : elements.back().end;
  result += json.substr(tail);
  return result;
}

}  // namespace whittle::registry
