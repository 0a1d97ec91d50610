// Follows redirects by rules of our own (hostile.md, 142, 163 and 186).
#pragma once

#include <functional>

#include "registry/connect_rules.hpp"
#include "registry/http.hpp"

namespace whittle::registry {

// Sends the request and follows at most ten redirects. The method and the body are kept; where a redirect
// would change them (301, 302 and 303 to anything but GET and HEAD) it is an error. Authorization goes to the
// origin of the request alone. Throws like Transport::send, and RegistryError(registry) for a redirect that
// is refused.
Response send_following(Transport& transport, const ConnectRules& rules, Request request);
// The same with other rules: `check` throws when the way from the one URL to the other is not to be taken.
using CheckHop = std::function<void(const Url& from, const Url& to)>;
Response send_following(Transport& transport, const CheckHop& check, Request request);

}  // namespace whittle::registry
