#include "optimizer/spec_edit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/text.hpp"
#include "common/yaml.hpp"

namespace whittle::optimizer {
namespace {

// One edit of one text.
class Editor {
 public:
  Editor(const std::string& text, std::string_view name, const SpecEdit& edit)
      : text_(text), name_(name), edit_(edit) {}

  std::string run() const {
    const auto root = parse_yaml(text_, name_);
    const auto& mapping = target(*root);
    const auto* entry = find(mapping, edit_.key);
    if (entry == nullptr) return inserted(mapping, edit_.key, edit_.value);
    check_unshared(*entry);
    if (entry->value->type != YamlNode::Type::mapping || edit_.inner_key.empty())
      return replaced(*entry, edit_.value);
    const auto* inner = find(*entry->value, edit_.inner_key);
    if (inner == nullptr) return inserted(*entry->value, edit_.inner_key, edit_.inner_value);
    check_unshared(*inner);
    return replaced(*inner, edit_.inner_value);
  }

 private:
  [[noreturn]] void refuse(const YamlMark& mark, std::string_view why) const {
    throw Error(ErrorKind::spec,
                fmt::format("{}:{}:{}: {}", escaped(name_, false, 4096), mark.line, mark.column, why))
        .hint(fmt::format("write `{}: {}` yourself", edit_.key, edit_.value));
  }

  static const YamlEntry* find(const YamlNode& mapping, std::string_view key) {
    const auto found = std::find_if(mapping.entries.begin(), mapping.entries.end(),
                                    [&](const YamlEntry& entry) { return entry.key == key; });
    return found == mapping.entries.end() ? nullptr : &*found;
  }

  // An alias shares the node of its anchor: a change here would be one elsewhere.
  void check_unshared(const YamlEntry& entry) const {
    if (entry.value.use_count() > 1)
      refuse(entry.mark, "this value is shared by an anchor and cannot be changed here alone");
  }

  const YamlNode& member(const YamlNode& mapping, std::string_view key) const {
    const auto* entry = find(mapping, key);
    if (entry == nullptr) refuse(mapping.mark, fmt::format("there is no `{}` any more", escaped(key)));
    check_unshared(*entry);
    return *entry->value;
  }

  const YamlNode& target(const YamlNode& root) const {
    const auto& image = member(member(root, "images"), edit_.image);
    if (!edit_.binary || find(image, "binaries") == nullptr) return image;
    const auto& list = member(image, "binaries");
    if (*edit_.binary >= list.items.size()) refuse(list.mark, "there are fewer binaries now");
    const auto& item = list.items[*edit_.binary];
    if (item.use_count() > 1)
      refuse(item->mark, "this binary is shared by an anchor and cannot be changed here alone");
    return *item;
  }

  // A line ends with LF, CR LF or CR (YAML 1.2, section 5.4).
  std::size_t line_start(std::size_t line) const {
    std::size_t at = 0;
    for (std::size_t i = 1; i < line; ++i) {
      at = line_end(at);
      at += text_.compare(at, 2, "\r\n") == 0 ? 2U : 1U;
    }
    return std::min(at, text_.size());
  }
  // Columns count characters.
  std::size_t offset_of(const YamlMark& mark) const {
    std::size_t at = line_start(mark.line);
    for (std::size_t i = 1; i < mark.column && at < text_.size(); ++i)
      at += std::max<std::size_t>(1, decode_character(std::string_view(text_).substr(at)).length);
    return at;
  }
  std::size_t line_end(std::size_t at) const {
    return std::min(text_.find_first_of("\r\n", at), text_.size());
  }

  std::string replaced(const YamlEntry& entry, const std::string& value) const {
    const auto& node = *entry.value;
    if (node.type != YamlNode::Type::scalar) refuse(node.mark, "this is no single value");
    const auto from = offset_of(node.mark);
    const auto to = end_of_scalar(from, node);
    return text_.substr(0, from) + value + text_.substr(to);
  }

  std::size_t end_of_scalar(std::size_t from, const YamlNode& node) const {
    if (!node.plain) {
      const auto end = text_.find(text_[from], from + 1);
      const bool simple = (text_[from] == '"' || text_[from] == '\'') && end < line_end(from) &&
                          text_.substr(from + 1, end - from - 1) == node.text;
      if (!simple) refuse(node.mark, "this value is not written on one line");
      return end + 1;
    }
    if (node.text.empty() || text_.compare(from, node.text.size(), node.text) != 0)
      refuse(node.mark, "this value is not written on one line");
    return from + node.text.size();
  }

  // A node begins with its anchor, if it has one.
  bool is_in_braces(const YamlNode& mapping) const {
    auto at = offset_of(mapping.mark);
    if (text_[at] == '&') at = text_.find_first_of(" \t\r\n", at);
    while ((at = text_.find_first_not_of(" \t\r\n", at)) != std::string::npos && text_[at] == '#')
      at = line_end(at);
    return at != std::string::npos && text_[at] == '{';
  }

  std::string inserted(const YamlNode& mapping, const std::string& key, const std::string& value) const {
    if (mapping.type != YamlNode::Type::mapping || mapping.entries.empty())
      refuse(mapping.mark, "this is no mapping");
    const auto& first = mapping.entries.front();
    const auto at = offset_of(first.mark);
    if (is_in_braces(mapping))
      return text_.substr(0, at) + fmt::format("{}: {}, ", key, value) + text_.substr(at);
    return inserted_line(mapping, fmt::format("{}: {}", key, value));
  }

  // Behind `main:`, whose value is short; else in front of the first key.
  std::string inserted_line(const YamlNode& mapping, const std::string& line) const {
    const auto& first = mapping.entries.front();
    const auto indent = std::string(first.mark.column - 1, ' ');
    const auto* main = find(mapping, "main");
    if (main != nullptr && main->value->type == YamlNode::Type::scalar &&
        main->value->mark.line == main->mark.line &&
        text_.compare(offset_of(main->value->mark), 1, "|") != 0 &&
        text_.compare(offset_of(main->value->mark), 1, ">") != 0) {
      const auto end = line_end(offset_of(main->mark));
      return text_.substr(0, end) + "\n" + indent + line + text_.substr(end);
    }
    const auto start = line_start(first.mark.line);
    if (text_.substr(start, first.mark.column - 1) != indent)
      refuse(first.mark, "a line cannot be added here");
    return text_.substr(0, start) + indent + line + "\n" + text_.substr(start);
  }

  const std::string& text_;
  std::string_view name_;
  const SpecEdit& edit_;
};

}  // namespace

std::string SpecEdit::text() const {
  return fmt::format("{}: {}: {}", image, key, value);
}

std::string with_edits(std::string text, std::string_view name, const std::vector<SpecEdit>& edits) {
  for (const auto& edit : edits) text = Editor(text, name, edit).run();
  return text;
}

}  // namespace whittle::optimizer
