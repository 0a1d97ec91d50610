#include "toolchains/proxy_list.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "registry/web.hpp"

namespace whittle::toolchains {
namespace {

constexpr std::size_t longest_list = 64U << 10U;

[[noreturn]] void refuse_list(std::string_view why) {
  throw Error(ErrorKind::usage, fmt::format("GOPROXY {}", why))
      .hint("it is a list of URLs, `direct` or `off`, with `,` or `|` between them");
}

bool is_unsafe(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte >= 0x7f || c == '\\';
}

// What an entry is, is said by its form (cmd/go, "go help goproxy"): single words are reserved, and what has
// no scheme is a host.
ProxyEntry parse_entry(std::string_view text, bool falls_back) {
  if (text == "direct") return {ProxyEntry::Kind::direct, {}, falls_back};
  if (text == "off") return {ProxyEntry::Kind::off, {}, falls_back};
  std::string url(text);
  const bool is_word = text.find_first_of(".:/") == std::string_view::npos;
  if (!is_word && text.find(":/") == std::string_view::npos && text.front() != '/') url.insert(0, "https://");
  // Shown only once it is known to hold nothing secret, or by `redacted_url`, which leaves that out.
  if (std::any_of(url.begin(), url.end(), is_unsafe))
    refuse_list("has an entry with a character that no URL has");
  const auto scheme = std::string_view(url).substr(0, std::min(url.find("://"), url.size()));
  if (scheme == url)
    refuse_list(fmt::format("has an entry that is no URL: {}", is_word ? shown(url) : "it has no scheme"));
  if (scheme != "https" && scheme != "http" && scheme != "file")
    refuse_list(fmt::format("has an entry of the scheme {}", shown(scheme)));
  if (url.find_first_of("?#") != std::string::npos)
    refuse_list(
        fmt::format("has an entry with a query or a fragment: {}", escaped(registry::redacted_url(url))));
  const auto rest = std::string_view(url).substr(scheme.size() + 3);
  if (scheme == "file" ? !rest.starts_with('/') : rest.empty() || rest.front() == '/')
    refuse_list(fmt::format("has an entry without {}", scheme == "file" ? "an absolute path" : "a host"));
  while (url.ends_with('/') && url.size() > scheme.size() + 3) url.pop_back();
  return {ProxyEntry::Kind::proxy, std::move(url), falls_back};
}

}  // namespace

std::vector<ProxyEntry> parse_proxy_list(std::string_view goproxy) {
  if (goproxy.size() > longest_list) refuse_list("is too long");
  std::vector<ProxyEntry> entries;
  while (!goproxy.empty()) {
    const auto end = std::min(goproxy.find_first_of(",|"), goproxy.size());
    const bool falls_back = end < goproxy.size() && goproxy[end] == '|';
    const auto text = trimmed(goproxy.substr(0, end), " \t\r\n");
    goproxy.remove_prefix(std::min(end + 1, goproxy.size()));
    if (text.empty()) continue;
    entries.push_back(parse_entry(text, falls_back));
    if (entries.back().kind != ProxyEntry::Kind::proxy) break;
  }
  if (entries.empty()) refuse_list("names no place");
  return entries;
}

std::string escaped_module(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/+").find(c) != std::string_view::npos;
    if (!upper && !plain)
      throw Error(ErrorKind::usage, fmt::format("{} is not the name of a module", shown(text)));
    if (upper) result += '!';
    result += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

}  // namespace whittle::toolchains
