#include "serving/request.hpp"

#include <algorithm>

#include "common/ascii.hpp"
#include "common/percent.hpp"
#include "registry/url.hpp"

namespace whittle::serving {
namespace {

constexpr std::size_t most_fields = 100;

// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_visible(char c) {
  return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
}

// Nothing for a broken escape, and for one of a control character.
std::optional<std::string> decoded(std::string_view text) {
  auto result = percent_decoded(text);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (result && std::any_of(result->begin(), result->end(), is_control)) return std::nullopt;
  return result;
}

bool take_query(std::string_view text, Request& request) {
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = decoded(pair.substr(0, equals));
    auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) return false;
    request.query.emplace_back(std::move(*name), std::move(*value));
  }
  return true;
}

// RFC 9112, section 3.2: the origin form, or the absolute one, whose authority says nothing here.
bool take_target(std::string_view target, Request& request) {
  if (lower_case(target.substr(0, 7)) == "http://") {
    const auto slash = target.find('/', 7);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  if (!target.starts_with('/') || !std::all_of(target.begin(), target.end(), is_visible)) return false;
  const auto question = std::min(target.find('?'), target.size());
  auto path = decoded(target.substr(0, question));
  if (!path) return false;
  request.path = std::move(*path);
  return take_query(target.substr(std::min(question + 1, target.size())), request);
}

bool take_first_line(std::string_view line, Request& request) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return false;
  const auto version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
  request.keeps_connection = version == "HTTP/1.1";
  request.method = line.substr(0, first);
  return is_token(request.method) && take_target(line.substr(first + 1, last - first - 1), request);
}

// Values of fields may hold bytes above ASCII, and no control characters but tabs.
bool take_field(std::string_view line, Request& request) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
  const auto value = trimmed(line.substr(colon + 1));
  if (!std::all_of(value.begin(), value.end(), [](char c) { return c == '\t' || c == ' ' || is_visible(c); }))
    return false;
  request.fields.emplace_back(lower_case(line.substr(0, colon)), value);
  return request.fields.size() <= most_fields;
}

// Who ends the connection, and how long a body follows; two lengths that differ, or a length and chunks, are
// two requests (section 6.3).
bool settle(Request& request) {
  std::size_t hosts = 0;
  std::optional<std::string> length;
  for (const auto& [name, value] : request.fields) {
    if (name == "host") ++hosts;
    if (name == "connection" && lower_case(value).find("close") != std::string::npos)
      request.keeps_connection = false;
    if (name == "transfer-encoding") {
      if (request.is_chunked || lower_case(value) != "chunked") return false;
      request.is_chunked = true;
    }
    if (name != "content-length") continue;
    const auto number = whole_number<std::uint64_t>(value);
    if (!number || (length && *length != value)) return false;
    length = value;
    request.length = *number;
  }
  return hosts <= 1 && !(request.is_chunked && length);
}

}  // namespace

std::string_view Request::field(std::string_view name) const {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return {};
}

std::optional<std::string> Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

bool may_begin_request(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes.empty() ? '\r' : bytes.front());
  return first == '\r' || first == '\n' || (first > ' ' && first < 0x7f);
}

std::optional<std::size_t> head_length(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  return end + 4;
}

std::optional<Request> parse_request(std::string_view head) {
  if (head.size() > longest_head || !head.ends_with("\r\n\r\n")) return std::nullopt;
  head.remove_suffix(2);  // each line is left with its end
  Request request;
  for (bool first = true; !head.empty(); first = false) {
    const auto end = head.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const auto line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (line.find_first_of("\r\n") != std::string_view::npos || line.find('\0') != std::string_view::npos)
      return std::nullopt;
    if (!(first ? take_first_line(line, request) : take_field(line, request))) return std::nullopt;
  }
  if (!settle(request)) return std::nullopt;
  return request;
}

RangeAnswer range_of(std::string_view field, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (lower_case(field.substr(0, unit.size())) != unit) return {};
  const auto range = trimmed(field.substr(unit.size()));
  const auto dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return {};
  const auto number = [](std::string_view text, std::uint64_t& value) {
    const auto read = whole_number<std::uint64_t>(text);
    value = read.value_or(value);
    return read.has_value();
  };
  std::uint64_t first = 0;
  std::uint64_t last = size;  // without an end: all there is
  if (dash == 0) {            // the last so many
    if (!number(range.substr(1), last)) return {};
    if (last == 0 || size == 0) return {RangeAnswer::Kind::unsatisfiable, {}};
    return {RangeAnswer::Kind::part, {size - std::min(last, size), std::min(last, size)}};
  }
  if (!number(range.substr(0, dash), first)) return {};
  if (dash + 1 < range.size() && (!number(range.substr(dash + 1), last) || last < first)) return {};
  if (first >= size) return {RangeAnswer::Kind::unsatisfiable, {}};
  return {RangeAnswer::Kind::part, {first, std::min(last, size - 1) - first + 1}};
}

}  // namespace whittle::serving
