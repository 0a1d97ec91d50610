// Which names on the internet are one owner's: those under one registered domain (the Public Suffix List).
#pragma once

#include <string>
#include <string_view>

namespace whittle::registry {

// "docker.io" for "auth.docker.io", "shop.co.uk" for "registry.shop.co.uk". "" for what has none: an address,
// a single label, a public suffix itself ("github.io"), a name that is spelt in another way than URLs are
// compared (upper case, a final dot), and for every name where libpsl is not installed.
std::string registered_domain(std::string_view host);

}  // namespace whittle::registry
