#include "registry/outcome.hpp"

#include "registry/registry_error.hpp"

namespace whittle::registry {

Outcome outcome_of(int status) {
  constexpr int request_timeout = 408;
  constexpr int too_many = 429;
  constexpr int client_closed =
      499;  // nginx's: it took the client for gone, and what is behind it may not have
  constexpr int not_implemented = 501;
  if (status == request_timeout || status == too_many) return Outcome::not_now;
  const bool server = status >= 500 && status <= 599 && status != not_implemented;
  return server || status == client_closed ? Outcome::unclear : Outcome::settled;
}

Outcome outcome_of(const RegistryError& error) {
  if (error.kind() == ErrorKind::network) return Outcome::unclear;
  return outcome_of(error.status());
}

}  // namespace whittle::registry
