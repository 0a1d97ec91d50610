// Follows redirects by rules of our own (hostile.md, 142, 163 and 186).
#pragma once

#include "registry/connect_rules.hpp"
#include "registry/http.hpp"

namespace whittle::registry {

// Sends the request and follows at most ten redirects. The method and the body are kept; where a redirect
// would change them (301, 302 and 303 to anything but GET and HEAD) it is an error. Authorization goes to the
// origin of the request alone. Throws like Transport::send, and RegistryError(registry) for a redirect that
// is refused.
Response send_following(Transport& transport, const ConnectRules& rules, Request request);

}  // namespace whittle::registry
