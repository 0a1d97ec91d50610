// What a registry, or the way to it, answered instead of success.
#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"

namespace whittle::registry {

class RegistryError : public Error {
 public:
  struct Details {
    int status = 0;  // of HTTP; 0 when there was no answer
    std::vector<std::string> codes =
        {};                  // the registry's own, e.g. MANIFEST_UNKNOWN (distribution-spec, "Error Codes")
    std::string url = {};    // redacted
    bool retryable = false;  // whether the same request may succeed a little later
  };

  RegistryError(ErrorKind kind, std::string cause, Details details)
      : Error(kind, std::move(cause)), details_(std::move(details)) {}
  explicit RegistryError(const Error& error) : Error(error) {}

  int status() const { return details_.status; }
  const std::vector<std::string>& codes() const { return details_.codes; }
  const std::string& url() const { return details_.url; }
  bool retryable() const { return details_.retryable; }
  // Everything that may be tried was tried.
  void given_up() { details_.retryable = false; }
  bool has_code(std::string_view code) const;

 private:
  Details details_;
};

}  // namespace whittle::registry
