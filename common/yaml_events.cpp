#include "common/yaml_events.hpp"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <string>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

YamlMark mark_of(const yaml_mark_t& mark) {
  return {mark.line + 1, mark.column + 1};
}

std::string_view text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

YamlEvent::Style style_of(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      return YamlEvent::Style::single_quoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      return YamlEvent::Style::double_quoted;
    case YAML_LITERAL_SCALAR_STYLE:
    case YAML_FOLDED_SCALAR_STYLE:
      return YamlEvent::Style::block;
    default:
      return YamlEvent::Style::plain;
  }
}

// What is particular to the type.
void take_data(const yaml_event_t& from, YamlEvent& event) {
  using Type = YamlEvent::Type;
  const auto& data = from.data;
  switch (from.type) {
    case YAML_SCALAR_EVENT:
      event.type = Type::scalar;
      event.text = {reinterpret_cast<const char*>(data.scalar.value), data.scalar.length};
      event.style = style_of(data.scalar.style);
      event.anchor = text_of(data.scalar.anchor);
      event.tag = text_of(data.scalar.tag);
      break;
    case YAML_ALIAS_EVENT:
      event.type = Type::alias;
      event.anchor = text_of(data.alias.anchor);
      break;
    case YAML_SEQUENCE_START_EVENT:
      event.type = Type::sequence_start;
      event.anchor = text_of(data.sequence_start.anchor);
      event.tag = text_of(data.sequence_start.tag);
      break;
    case YAML_MAPPING_START_EVENT:
      event.type = Type::mapping_start;
      event.anchor = text_of(data.mapping_start.anchor);
      event.tag = text_of(data.mapping_start.tag);
      break;
    case YAML_SEQUENCE_END_EVENT:
      event.type = Type::sequence_end;
      break;
    case YAML_MAPPING_END_EVENT:
      event.type = Type::mapping_end;
      break;
    case YAML_DOCUMENT_START_EVENT:
      event.type = Type::document_start;
      event.tag_directives =
          data.document_start.tag_directives.start != data.document_start.tag_directives.end;
      break;
    case YAML_STREAM_END_EVENT:
      event.type = Type::end;
      break;
    default:
      break;  // the start of the stream, the end of a document
  }
}

}  // namespace

struct YamlEvents::State {
  std::string_view text;  // without the mark of its byte order
  std::string_view name;
  std::size_t skipped = 0;  // bytes of that mark
  yaml_parser_t parser{};
  yaml_event_t event{};
  // libyaml counts characters. Where the last one that was asked for lies, for the next is not far.
  std::size_t character = 0;
  std::size_t byte = 0;

  std::size_t byte_of(std::size_t wanted);
  [[noreturn]] void refuse() const;
};

// An event ends at most where the next begins, but the end of one may be asked for after the start of
// another.
std::size_t YamlEvents::State::byte_of(std::size_t wanted) {
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U;
  };
  while (character < wanted && byte < text.size()) {
    do ++byte;
    while (byte < text.size() && continues(byte));
    ++character;
  }
  while (character > wanted && byte > 0) {
    do --byte;
    while (byte > 0 && continues(byte));
    --character;
  }
  return skipped + byte;
}

void YamlEvents::State::refuse() const {
  if (parser.error == YAML_MEMORY_ERROR) throw Error(ErrorKind::machine_limit, "no memory to read YAML");
  std::string why = parser.problem != nullptr ? parser.problem : "unknown reason";
  if (parser.context != nullptr)
    why += fmt::format(" {} that began on line {}", parser.context, parser.context_mark.line + 1);
  const auto mark = mark_of(parser.problem_mark);
  Error error(ErrorKind::spec, fmt::format("{}:{}:{}: not valid YAML: {}", escaped(name, false, 4096),
                                           mark.line, mark.column, why));
  if (why.find(" flow ") != std::string::npos)
    error.hint("inside [ ] and { }, text with any of , : [ ] { } has to be in quotes");
  throw error;
}

YamlEvents::YamlEvents(std::string_view text, std::string_view name) : state_(std::make_unique<State>()) {
  state_->name = name;
  if (text.starts_with(byte_order_mark)) state_->skipped = byte_order_mark.size();
  state_->text = text.substr(state_->skipped);
  if (yaml_parser_initialize(&state_->parser) != 1)
    throw Error(ErrorKind::machine_limit, "no memory to read YAML");
  const auto* bytes = reinterpret_cast<const unsigned char*>(state_->text.data());
  yaml_parser_set_input_string(&state_->parser, bytes, state_->text.size());
  yaml_parser_set_encoding(&state_->parser, YAML_UTF8_ENCODING);
}

YamlEvents::~YamlEvents() {
  yaml_event_delete(&state_->event);
  yaml_parser_delete(&state_->parser);
}

YamlEvent YamlEvents::next() {
  auto& state = *state_;
  yaml_event_delete(&state.event);
  if (yaml_parser_parse(&state.parser, &state.event) != 1) {
    state.event = {};
    state.refuse();
  }
  YamlEvent event;
  event.mark = mark_of(state.event.start_mark);
  event.begin = state.byte_of(state.event.start_mark.index);
  event.end = state.byte_of(state.event.end_mark.index);
  take_data(state.event, event);
  return event;
}

}  // namespace whittle
