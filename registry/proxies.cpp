#include "registry/proxies.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/percent.hpp"
#include "registry/connect_rules.hpp"

namespace whittle::registry {
namespace {

// IPv4 addresses are mapped, so that all have one form (RFC 4291, section 2.5.5.2).
using Address = std::array<unsigned char, 16>;
constexpr int mapped_bits = 96;

std::string_view without_brackets(std::string_view host) {
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

std::optional<Address> address_of(std::string_view host) {
  const std::string text(without_brackets(host));
  Address address{};
  if (::inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  if (::inet_pton(AF_INET, text.c_str(), address.data() + mapped_bits / 8) != 1) return std::nullopt;
  address[10] = address[11] = 0xff;
  return address;
}

bool same_bits(const Address& a, const Address& b, int count) {
  for (int bit = 0; bit < count; ++bit) {
    const auto at = static_cast<std::size_t>(bit / 8);
    const unsigned mask = 0x80U >> static_cast<unsigned>(bit % 8);
    if (((a[at] ^ b[at]) & mask) != 0) return false;
  }
  return true;
}

// [SCHEME://][USER[:PASSWORD]@]HOST[:PORT][/]
Proxies::Proxy parse_proxy(std::string_view text, std::string_view variable) {
  static constexpr std::array<std::string_view, 6> schemes = {"http",    "https",  "socks4",
                                                              "socks4a", "socks5", "socks5h"};
  const auto colon = text.find("://");
  const auto scheme =
      colon == std::string_view::npos ? std::string("http") : lower_case(text.substr(0, colon));
  auto rest = colon == std::string_view::npos ? text : text.substr(colon + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const auto at = rest.rfind('@');
  const auto login = at == std::string_view::npos ? std::string_view() : rest.substr(0, at + 1);
  const auto host = rest.substr(login.size());
  const bool odd_login =
      std::any_of(login.begin(), login.end(), [](char c) { return c <= ' ' || c > '~' || c == '/'; });
  std::optional<Url> url;
  try {
    url = Url::parse(fmt::format("http://{}/", host));
  } catch (const Error&) {  // its words would repeat the text
  }
  const bool known = std::find(schemes.begin(), schemes.end(), scheme) != schemes.end();
  auto words = login.substr(0, login.empty() ? 0 : login.size() - 1);
  const auto user = percent_decoded(take_until(words, ':'));
  const auto password = percent_decoded(words);
  if (!user || !password || !url || url->path != "/" || !url->query.empty() || odd_login || !known)
    throw Error(ErrorKind::usage, fmt::format("{} is no URL of a proxy", variable))
        .hint(
            "it is written http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with %40 for an @ in a "
            "password");
  const std::uint16_t usual = scheme == "http" ? 80 : scheme == "https" ? 443 : 1080;
  return {scheme, url->host, url->port.empty() ? usual : url->port_number(), *user, *password};
}

}  // namespace

Proxies::Proxies(const ProxyVariables& variables) {
  const auto add = [&](const char* scheme, const std::string& value, const char* variable) {
    if (!value.empty())
      by_scheme_.emplace(scheme, parse_proxy(value, variable));
    else if (!variables.all.empty())
      by_scheme_.emplace(scheme, parse_proxy(variables.all, "all_proxy"));
  };
  add("http", variables.http, "http_proxy");
  add("https", variables.https, "https_proxy");
  std::string_view rest = variables.none;
  while (!rest.empty()) {
    const auto end = std::min(rest.find_first_of(", \t"), rest.size());
    if (end > 0) exceptions_.push_back(parse_exception(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

// What is neither a name nor an address nor a range names nothing.
Proxies::Exception Proxies::parse_exception(std::string_view text) {
  Exception exception;
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto address = address_of(text.substr(0, slash));
    const bool v4 = text.find(':') == std::string_view::npos;
    int prefix = -1;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (!address || end.ptr != digits.data() + digits.size() || prefix < 0 || prefix > (v4 ? 32 : 128))
      return exception;
    exception.host = text.substr(0, slash);
    exception.prefix = prefix + (v4 ? mapped_bits : 0);
    return exception;
  }
  const auto colon = text.rfind(':');
  const bool bare_v6 = address_of(text) && !text.starts_with('[');
  const bool in_brackets = text.starts_with('[') && text.ends_with(']');
  if (colon != std::string_view::npos && !bare_v6 && !in_brackets) {
    exception.port = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  exception.any = text == "*";
  if (text.starts_with("*.")) text.remove_prefix(1);
  while (text.starts_with('.')) text.remove_prefix(1);
  while (text.ends_with('.')) text.remove_suffix(1);
  exception.host = lower_case(without_brackets(text));
  return exception;
}

bool Proxies::names(const Exception& exception, const Url& url) {
  if (!exception.port.empty() && exception.port != std::to_string(url.port_number())) return false;
  if (exception.any) return true;
  if (exception.host.empty()) return false;
  const auto address = address_of(url.host);
  if (exception.prefix >= 0)
    return address && same_bits(*address, *address_of(exception.host), exception.prefix);
  if (address) return address == address_of(exception.host);
  auto host = lower_case(url.host);
  while (host.ends_with('.')) host.pop_back();
  return host == exception.host || host.ends_with('.' + exception.host);
}

const Proxies::Proxy* Proxies::find(const Url& url) const {
  const auto found = by_scheme_.find(url.scheme);
  if (found == by_scheme_.end() || is_loopback(url.host)) return nullptr;
  const bool excepted = std::any_of(exceptions_.begin(), exceptions_.end(),
                                    [&](const auto& exception) { return names(exception, url); });
  return excepted ? nullptr : &found->second;
}

}  // namespace whittle::registry
