// A value of GOPROXY.
#include "toolchains/proxy_list.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::proxy_list_input(std::string_view input) {
  using Kind = toolchains::ProxyEntry::Kind;
  const auto entries = parsed([&] { return toolchains::parse_proxy_list(input); });
  if (!entries) return;
  require(!entries->empty(), "a list names a place");
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const auto& entry = (*entries)[i];
    require((entry.kind == Kind::proxy) == !entry.url.empty(), "a proxy has a URL, and nothing else has");
    require(entry.kind == Kind::proxy || i + 1 == entries->size(), "nothing stands behind direct and off");
    require(entry.url.find_first_of("?# \n") == std::string::npos,
            "a URL is one to which a path can be added");
  }
}
