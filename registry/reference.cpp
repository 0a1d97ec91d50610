#include "registry/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/error.hpp"
#include "common/text.hpp"

// The grammar is the one of Docker's references (distribution, "reference" package): what `docker pull`
// accepts is accepted here with the same meaning.

namespace whittle::registry {
namespace {

constexpr std::size_t longest_repository = 255;
constexpr std::size_t longest_host = 255;
constexpr std::size_t longest_tag = 128;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alphanumeric(char c) {
  return is_lower(c) || is_upper(c) || is_digit(c);
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The text as it may be repeated in a message: what stands before an `@` that does not begin a digest may be
// a user name and a password.
std::string repeatable(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return shown(text);
  const auto behind = text.substr(at + 1);
  const bool credentials = text.substr(0, at).find('@') != std::string_view::npos ||
                           behind.find('/') != std::string_view::npos ||
                           behind.find(':') == std::string_view::npos;
  return credentials ? shown(fmt::format("***@{}", behind)) : shown(text);
}

class Parser {
 public:
  explicit Parser(std::string_view text) : whole_(text) {}

  Reference parse() {
    if (whole_.empty()) fail("it is empty");
    if (whole_.find("://") != std::string_view::npos)
      fail("it starts with a scheme; write the registry's name alone, without `https://` or `docker://`");
    if (whole_.size() == 64 && std::all_of(whole_.begin(), whole_.end(), is_hex))
      fail("64 hexadecimal digits name an image ID, not a repository");
    Reference result;
    const auto name = take_tag(take_digest(whole_, result), result);
    split_host(name, result);
    check_host(result.host);
    check_repository(result.repository);
    return result;
  }

 private:
  [[noreturn]] void fail(std::string_view why) const {
    Error error(ErrorKind::usage, fmt::format("{} is not an image reference: {}", repeatable(whole_), why));
    error.hint(
        "a reference reads [HOST[:PORT]/]REPOSITORY[:TAG][@sha256:DIGEST], e.g. "
        "registry.example.com/shop/api:1.4");
    throw error;
  }

  std::string_view take_digest(std::string_view rest, Reference& result) const {
    const auto at = rest.find('@');
    if (at == std::string_view::npos) return rest;
    const auto behind = rest.substr(at + 1);
    if (behind.find('@') != std::string_view::npos || behind.find('/') != std::string_view::npos)
      fail("user names and passwords do not belong in a reference; use `docker login`");
    try {
      result.digest = Digest::parse(behind);
    } catch (const Error& error) {
      fail(fmt::format("the part after `@` is not a digest: {}", error.message()));
    }
    return rest.substr(0, at);
  }

  std::string_view take_tag(std::string_view rest, Reference& result) const {
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos || rest.find('/', colon) != std::string_view::npos) return rest;
    const auto tag = rest.substr(colon + 1);
    if (tag.empty()) fail("the tag after the last colon is empty");
    if (tag.size() > longest_tag)
      fail(fmt::format("the tag has {} characters, {} are allowed", tag.size(), longest_tag));
    if (!is_tag(tag)) fail(fmt::format("the tag {} has a character that no tag may have", shown(tag)));
    result.tag = tag;
    return rest.substr(0, colon);
  }

  // The first component is a host when it looks like one: it has a dot or a colon, is `localhost`, or has
  // upper case, which no repository may have.
  static void split_host(std::string_view name, Reference& result) {
    const auto slash = name.find('/');
    const auto first = name.substr(0, slash);
    const bool is_host = slash != std::string_view::npos &&
                         (first.find_first_of(".:") != std::string_view::npos || first == "localhost" ||
                          std::any_of(first.begin(), first.end(), is_upper));
    result.host = is_host ? std::string(first) : "docker.io";
    result.repository = is_host ? name.substr(slash + 1) : name;
    if (result.host == "index.docker.io") result.host = "docker.io";
    if (result.host == "docker.io" && result.repository.find('/') == std::string::npos)
      result.repository.insert(0, "library/");
  }

  void check_host(std::string_view host) const {
    if (host.size() > longest_host) fail("the host name is longer than 255 characters");
    std::string_view port;
    bool has_port = false;
    if (host.starts_with('[')) {
      const auto close = host.find(']');
      if (close == std::string_view::npos) fail("the IPv6 address has no closing bracket");
      const auto address = host.substr(1, close - 1);
      if (address.find(':') == std::string_view::npos ||
          !std::all_of(address.begin(), address.end(), [](char c) { return is_hex(c) || c == ':'; }))
        fail(fmt::format("the host {} is not an IPv6 address", shown(host)));
      const auto behind = host.substr(close + 1);
      has_port = !behind.empty();
      if (has_port && behind[0] != ':') fail("only a port may follow the IPv6 address");
      if (has_port) port = behind.substr(1);
    } else {
      const auto colon = host.find(':');
      has_port = colon != std::string_view::npos;
      if (has_port && host.find(':', colon + 1) != std::string_view::npos)
        fail(fmt::format("the host {} has two colons; an IPv6 address is written in brackets", shown(host)));
      if (has_port) port = host.substr(colon + 1);
      check_host_name(host.substr(0, colon));
    }
    if (has_port) check_port(port);
  }

  void check_host_name(std::string_view name) const {
    while (true) {
      const auto dot = name.find('.');
      const auto label = name.substr(0, dot);
      const bool good =
          !label.empty() && label.front() != '-' && label.back() != '-' &&
          std::all_of(label.begin(), label.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
      if (!good) fail(fmt::format("the part {} of the host name is not allowed", shown(label)));
      if (dot == std::string_view::npos) return;
      name.remove_prefix(dot + 1);
    }
  }

  void check_port(std::string_view port) const {
    unsigned number = 0;
    const auto* const end = port.data() + port.size();
    const auto [stopped, error] = std::from_chars(port.data(), end, number);
    if (port.empty() || error != std::errc() || stopped != end || number == 0 || number > 65535 ||
        port.size() > 5)
      fail(fmt::format("the port {} is not a number from 1 to 65535", shown(port)));
  }

  void check_repository(std::string_view repository) const {
    if (repository.size() > longest_repository)
      fail(fmt::format("the repository has {} characters, {} are allowed", repository.size(),
                       longest_repository));
    if (std::any_of(repository.begin(), repository.end(), is_upper))
      fail("a repository is written in lower case only");
    while (true) {
      const auto slash = repository.find('/');
      check_component(repository.substr(0, slash));
      if (slash == std::string_view::npos) return;
      repository.remove_prefix(slash + 1);
    }
  }

  // Letters and digits, separated by one dot, one or two underscores, or any number of dashes.
  void check_component(std::string_view component) const {
    const auto refuse = [&] {
      fail(fmt::format("the part {} of the repository is not allowed", shown(component)));
    };
    const auto is_letter = [](char c) { return is_lower(c) || is_digit(c); };
    if (component.empty() || !is_letter(component.front()) || !is_letter(component.back())) refuse();
    for (std::size_t i = 0; i < component.size();) {
      if (is_letter(component[i])) {
        ++i;
        continue;
      }
      const auto end = std::min(component.find_first_not_of(component[i], i), component.size());
      const auto separator = component.substr(i, end - i);
      if (separator != "." && separator != "_" && separator != "__" && separator[0] != '-') refuse();
      if (!is_letter(component[end])) refuse();
      i = end;
    }
  }

  std::string_view whole_;
};

}  // namespace

Reference Reference::parse(std::string_view text) {
  return Parser(text).parse();
}

std::string Reference::name() const {
  return host + '/' + repository;
}

std::string Reference::text() const {
  std::string result = name();
  if (!tag.empty()) result += ':' + tag;
  if (digest) result += '@' + digest->text();
  return result;
}

bool is_tag(std::string_view tag) {
  const auto is_word = [](char c) { return is_alphanumeric(c) || c == '_'; };
  return !tag.empty() && tag.size() <= longest_tag && is_word(tag[0]) &&
         std::all_of(tag.begin(), tag.end(), [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

}  // namespace whittle::registry
