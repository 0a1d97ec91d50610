// The value of GOPROXY (go.dev/ref/mod, "Module proxy protocol" and "GOPROXY").
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace whittle::toolchains {

struct ProxyEntry {
  enum class Kind {
    proxy,   // at `url`
    direct,  // where the module's own web page says
    off,     // nowhere
  };
  Kind kind = Kind::proxy;
  std::string url = {};  // https, http or file, without a slash at its end; may hold user information
  bool falls_back =
      false;  // behind it stands `|`: the next is asked after any error, not only after "not found"
};

// The entries in order, at least one, none behind `direct` or `off`. Error(usage) for a list that go would
// refuse, naming the entry without its user information.
std::vector<ProxyEntry> parse_proxy_list(std::string_view goproxy);

// A module path or version in a URL: upper-case letters become `!` and the lower-case one, so that
// case-insensitive file systems can serve it. Error(usage) for characters that neither may have.
std::string escaped_module(std::string_view text);

}  // namespace whittle::toolchains
