#include "registry/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/percent.hpp"
#include "common/text.hpp"

namespace whittle::registry {
namespace {

constexpr std::size_t longest_url = 8192;

[[noreturn]] void refuse_url(std::string_view text, std::string_view why) {
  // Neither the query nor what stands before an `@` is repeated: both may be secrets.
  auto part = text.substr(0, text.find_first_of("?#"));
  const auto at = part.rfind('@');
  std::string kept = at == std::string_view::npos ? std::string(part) : fmt::format("***{}", part.substr(at));
  throw Error(ErrorKind::registry, fmt::format("the URL {} {}", shown(kept), why));
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void check_characters(std::string_view text) {
  if (text.size() > longest_url) refuse_url(text, fmt::format("is longer than {} bytes", longest_url));
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '\\') refuse_url(text, "has a character that no URL may have");
  }
}

// The length of `scheme:` in front, 0 when there is none.
std::size_t scheme_length(std::string_view text) {
  if (text.empty() || !is_letter(text[0])) return 0;
  const auto end = std::find_if(text.begin(), text.end(), [](char c) {
    return !is_letter_or_digit(c) && c != '+' && c != '.' && c != '-';
  });
  return end != text.end() && *end == ':' ? static_cast<std::size_t>(end - text.begin()) + 1 : 0;
}

void set_authority(Url& url, std::string_view authority, std::string_view whole) {
  if (authority.find('@') != std::string_view::npos) refuse_url(whole, "has a user name in it");
  std::size_t host_end = authority.find(':');
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) refuse_url(whole, "has an IPv6 address without its closing bracket");
    host_end = close + 1 < authority.size() ? close + 1 : std::string_view::npos;
    if (host_end != std::string_view::npos && authority[host_end] != ':')
      refuse_url(whole, "has no proper host");
  }
  url.host = authority.substr(0, host_end);
  const auto good = [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' || c == '[' || c == ']' || c == ':';
  };
  if (url.host.empty() || !std::all_of(url.host.begin(), url.host.end(), good))
    refuse_url(whole, "has no proper host");
  if (host_end == std::string_view::npos) return;
  url.port = authority.substr(host_end + 1);
  unsigned number = 0;
  const auto* const end = url.port.data() + url.port.size();
  const auto [stopped, error] = std::from_chars(url.port.data(), end, number);
  if (url.port.empty() || error != std::errc() || stopped != end || number == 0 || number > 65535)
    refuse_url(whole, "has no proper port");
}

// RFC 3986, section 5.2.4.
std::string without_dot_segments(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    const auto end = std::min(path.find('/', 1), path.size());
    const auto segment = path.substr(0, end);
    path.remove_prefix(end);
    const bool last = path.empty();
    if (segment == "/..") {
      result.erase(std::min(result.rfind('/'), result.size()));
      if (last) result += '/';
    } else if (segment == "/.") {
      if (last) result += '/';
    } else {
      result += segment;
    }
  }
  return result.empty() ? "/" : result;
}

void set_path_and_query(Url& url, std::string_view rest) {
  const auto question = rest.find('?');
  url.path = without_dot_segments(rest.substr(0, question));
  url.query = question == std::string_view::npos ? std::string() : std::string(rest.substr(question + 1));
}

}  // namespace

Url Url::parse(std::string_view text) {
  check_characters(text);
  const auto length = scheme_length(text);
  Url url;
  url.scheme = lower_case(text.substr(0, length == 0 ? 0 : length - 1));
  if (url.scheme != "http" && url.scheme != "https") refuse_url(text, "is neither http nor https");
  auto rest = text.substr(length);
  rest = rest.substr(0, rest.find('#'));
  if (!rest.starts_with("//")) refuse_url(text, "has no host");
  rest.remove_prefix(2);
  const auto authority_end = std::min(rest.find_first_of("/?"), rest.size());
  set_authority(url, rest.substr(0, authority_end), text);
  rest.remove_prefix(authority_end);
  set_path_and_query(url, rest.starts_with('/') ? std::string(rest) : '/' + std::string(rest));
  return url;
}

Url Url::resolve(std::string_view reference) const {
  check_characters(reference);
  if (scheme_length(reference) > 0) return parse(reference);
  if (reference.starts_with("//")) return parse(fmt::format("{}:{}", scheme, reference));
  reference = reference.substr(0, reference.find('#'));
  Url url = *this;
  if (reference.empty()) return url;
  if (reference.starts_with('?')) {
    url.query = reference.substr(1);
    return url;
  }
  const auto folder = path.substr(0, path.rfind('/') + 1);
  set_path_and_query(url,
                     reference.starts_with('/') ? std::string(reference) : folder + std::string(reference));
  return url;
}

Url Url::with_parameter(std::string_view name, std::string_view value) const {
  Url url = *this;
  if (!url.query.empty() && !url.query.ends_with('&')) url.query += '&';
  url.query += fmt::format("{}={}", percent_encoded(name), percent_encoded(value));
  return url;
}

std::uint16_t Url::port_number() const {
  const std::uint16_t of_scheme = scheme == "https" ? 443 : 80;
  return port.empty() ? of_scheme : whole_number<std::uint16_t>(port).value_or(of_scheme);
}

std::string Url::authority() const {
  return port.empty() ? host : fmt::format("{}:{}", host, port);
}

std::string Url::origin() const {
  return fmt::format("{}://{}:{}", scheme, host, !port.empty() ? port : scheme == "https" ? "443" : "80");
}

std::string Url::text() const {
  return fmt::format("{}://{}{}{}{}", scheme, authority(), path, query.empty() ? "" : "?", query);
}

std::string Url::redacted() const {
  return escaped(fmt::format("{}://{}{}{}", scheme, authority(), path, query.empty() ? "" : "?…"), false,
                 500);
}

}  // namespace whittle::registry
