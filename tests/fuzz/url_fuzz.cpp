// A URL on the first line, and on the second what an answer to it refers to.
#include "registry/url.hpp"

#include "registry/connect_rules.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {
namespace {

void require_stable(const registry::Url& url) {
  const auto again = registry::Url::parse(url.text());
  require(again.text() == url.text() && again.origin() == url.origin(), "the text of a URL is that URL");
  require(url.path.starts_with('/'), "a path begins with a slash");
  const auto redacted = url.redacted();
  const auto query = redacted.find('?');
  require(query == std::string::npos || redacted.substr(query) == "?…", "a redacted URL has no query");
  registry::is_private_literal(url.host);
  registry::is_loopback(url.host);
}

}  // namespace

void url_input(std::string_view input) {
  const auto line = take_line(input);
  const auto base = parsed([&] { return registry::Url::parse(line); });
  if (!base) return;
  require_stable(*base);
  const auto target = parsed([&] { return base->resolve(input); });
  if (target) require_stable(*target);
  const auto named = parsed([&] { return base->with_parameter("name", input); });
  if (named) require(named->origin() == base->origin(), "a parameter leads nowhere else");
}

}  // namespace whittle::fuzz
