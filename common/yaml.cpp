#include "common/yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/error.hpp"
#include "common/text.hpp"
#include "common/yaml_events.hpp"

namespace whittle {
namespace {

std::string at(std::string_view name, const YamlMark& mark) {
  return fmt::format("{}:{}:{}", escaped(name, false, 4096), mark.line, mark.column);
}

[[noreturn]] void refuse(std::string_view name, const YamlMark& mark, std::string_view why,
                         ErrorKind kind = ErrorKind::spec) {
  throw Error(kind, fmt::format("{}: {}", at(name, mark), why));
}

// libyaml accepts characters that a person who reads the file cannot see, and takes some of them for line
// ends. They are refused here, before it counts lines differently than an editor does.
void check_characters(std::string_view text, std::string_view name) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    refuse(name, {1, 1}, "byte 0: the file is UTF-16; it has to be UTF-8");
  YamlMark mark{1, 1};
  for (std::size_t i = 0; i < text.size();) {
    const auto c = decode_character(text.substr(i));
    const bool mark_at_start = i == 0 && c.value == 0xfeff;
    const bool white = c.value == '\n' || c.value == '\r' || c.value == '\t';
    if (c.length == 0) refuse(name, mark, fmt::format("byte {}: the file is not valid UTF-8 here", i));
    if (c.value == 0) refuse(name, mark, fmt::format("byte {}: a NUL character (is the file UTF-16?)", i));
    const bool joiner = c.value == 0x200c || c.value == 0x200d;  // belongs to words of some scripts
    if ((is_unsafe_character(c.value) && !white && !joiner && !mark_at_start) || c.value == 0xfffe ||
        c.value == 0xffff)
      refuse(name, mark, fmt::format("byte {}: the invisible character U+{:04X} is not allowed", i, c.value));
    if (c.value == '\n')
      mark = {mark.line + 1, 1};
    else if (!mark_at_start)
      ++mark.column;
    i += c.length;
  }
}

class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, std::string_view name, const YamlLimits& limits)
      : events_(text, name), name_(name), limits_(limits) {}

  YamlPointer build() {
    bool seen = false;
    for (;;) {
      const auto event = events_.next();
      switch (event.type) {
        case YamlEvent::Type::end:
          return root_;
        case YamlEvent::Type::document_start:
          start_document(event, seen);
          seen = true;
          break;
        case YamlEvent::Type::scalar:
          scalar(event);
          break;
        case YamlEvent::Type::alias:
          alias(event);
          break;
        case YamlEvent::Type::sequence_start:
          open(event, YamlNode::Type::sequence);
          break;
        case YamlEvent::Type::mapping_start:
          open(event, YamlNode::Type::mapping);
          break;
        case YamlEvent::Type::sequence_end:
        case YamlEvent::Type::mapping_end:
          close();
          break;
        case YamlEvent::Type::other:
          break;
      }
    }
  }

 private:
  // What an alias repeats: counted when the anchored node is complete, since it is never copied.
  struct Weight {
    std::size_t nodes = 0;
    std::size_t text_bytes = 0;
    std::size_t height = 0;  // containers on the longest way down, itself included
  };
  struct Anchored {
    YamlPointer node;  // null while the node is still open
    Weight weight;
  };
  // A container that is being filled.
  struct Open {
    std::shared_ptr<YamlNode> node;
    std::string anchor;
    Weight before;           // what the document weighed when it was opened
    std::size_t height = 1;  // of this container so far
    bool has_key = false;    // a mapping's key is read, its value is next
    std::map<std::string, std::size_t, std::less<>> lines = {};  // of a mapping's keys
  };

  void start_document(const YamlEvent& event, bool seen) const {
    if (seen) fail(event, "a second YAML document begins here; the file must hold one");
    if (event.tag_directives) fail(event, "%TAG directives are not allowed");
  }

  void scalar(const YamlEvent& event) {
    const auto text = event.text;
    check_tag(event);
    if (text.find('\0') != std::string_view::npos) fail(event, "a NUL character is not allowed");
    const bool plain = event.style == YamlEvent::Style::plain;
    count(event, {1, text.size(), 0});
    if (expects_key()) return key(event, text, plain, !event.anchor.empty());
    auto node = std::make_shared<YamlNode>();
    node->mark = event.mark;
    node->text = text;
    node->plain = plain;
    if (!event.anchor.empty()) anchors_[std::string(event.anchor)] = {node, {1, text.size(), 0}};
    place(std::move(node), 0);
  }

  void key(const YamlEvent& event, std::string_view text, bool plain, bool anchored) {
    Open& parent = open_.back();
    const auto mark = event.mark;
    if (anchored) fail(event, "a key cannot have an anchor");
    if (plain && text == "<<")
      fail(event, "merge keys (`<<`) are not supported; use an alias for a whole value");
    if (plain && text.empty()) fail(event, "a key is missing before `:`");
    const auto [place, is_new] = parent.lines.emplace(text, mark.line);
    if (!is_new)
      fail(event, fmt::format("the key `{}` is there twice: on line {} and again on line {}", escaped(text),
                              place->second, mark.line));
    parent.node->entries.push_back({std::string(text), mark, nullptr});
    parent.has_key = true;
  }

  void alias(const YamlEvent& event) {
    const std::string anchor(event.anchor);
    if (expects_key()) fail(event, "a key cannot be an alias");
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(event, fmt::format("there is no anchor `&{}` above", escaped(anchor)));
    if (!found->second.node) fail(event, fmt::format("`*{}` refers to what it is part of", escaped(anchor)));
    const Anchored& target = found->second;
    check_depth(event, target.weight.height);
    count(event, target.weight);
    place(target.node, target.weight.height);
  }

  void open(const YamlEvent& event, YamlNode::Type type) {
    check_tag(event);
    if (expects_key()) fail(event, "a key has to be text, not a list or a mapping");
    check_depth(event, 1);
    auto node = std::make_shared<YamlNode>();
    node->type = type;
    node->mark = event.mark;
    Open opened{std::move(node), std::string(event.anchor), total_};
    if (!event.anchor.empty()) anchors_[opened.anchor] = {};
    open_.push_back(std::move(opened));
    count(event, {1, 0, 0});
  }

  void close() {
    const Open closed = std::move(open_.back());
    open_.pop_back();
    if (!closed.anchor.empty())
      anchors_[closed.anchor] = {
          closed.node,
          {total_.nodes - closed.before.nodes, total_.text_bytes - closed.before.text_bytes, closed.height}};
    place(closed.node, closed.height);
  }

  // Hands a complete node to the container around it.
  void place(YamlPointer node, std::size_t height) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    parent.height = std::max(parent.height, height + 1);
    if (parent.node->type == YamlNode::Type::sequence) {
      parent.node->items.push_back(std::move(node));
    } else {
      parent.node->entries.back().value = std::move(node);
      parent.has_key = false;
    }
  }

  bool expects_key() const {
    return !open_.empty() && open_.back().node->type == YamlNode::Type::mapping && !open_.back().has_key;
  }
  void check_tag(const YamlEvent& event) const {
    if (!event.tag.empty()) fail(event, fmt::format("tags (`{}`) are not allowed", escaped(event.tag)));
  }
  void check_depth(const YamlEvent& event, std::size_t height) const {
    if (open_.size() + height > limits_.depth)
      fail(event, fmt::format("nested deeper than the limit of {} levels", limits_.depth),
           ErrorKind::spec_limit);
  }
  void count(const YamlEvent& event, const Weight& weight) {
    total_.nodes += weight.nodes;
    total_.text_bytes += weight.text_bytes;
    if (total_.nodes > limits_.nodes)
      fail(event, fmt::format("more than {} values, aliases counted each time", limits_.nodes),
           ErrorKind::spec_limit);
    if (total_.text_bytes > limits_.text_bytes)
      fail(event, fmt::format("more than {} bytes of text, aliases counted each time", limits_.text_bytes),
           ErrorKind::spec_limit);
  }
  [[noreturn]] void fail(const YamlEvent& event, std::string_view why,
                         ErrorKind kind = ErrorKind::spec) const {
    refuse(name_, event.mark, why, kind);
  }

  YamlEvents events_;
  std::string_view name_;
  YamlLimits limits_;
  YamlPointer root_;
  Weight total_;
  std::vector<Open> open_;  // from the root inwards
  std::map<std::string, Anchored, std::less<>> anchors_;
};

}  // namespace

YamlPointer parse_yaml(std::string_view text, std::string_view name, const YamlLimits& limits) {
  if (text.size() > limits.bytes)
    throw Error(ErrorKind::spec_limit, fmt::format("{} has {} bytes, more than the limit of {}",
                                                   escaped(name, false, 4096), text.size(), limits.bytes));
  check_characters(text, name);
  return TreeBuilder(text, name, limits).build();
}

}  // namespace whittle
