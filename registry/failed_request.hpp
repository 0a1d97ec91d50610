// What is said of a request that came to no answer, or whose answer broke off: the host, and the stage in
// which the way to it broke.
#pragma once

#include <string>
#include <string_view>

#include "common/error.hpp"
#include "registry/certificates.hpp"
#include "registry/url.hpp"

namespace whittle::registry {

// A value that borrows all it points to. Each function throws RegistryError: "METHOD URL: DOING HOST: WHY".
struct FailedRequest {
  std::string_view method;
  const Url& url;
  const TlsIdentity* identity = nullptr;  // that was used, if any
  std::string proxy = {};                 // the one that was used, without its login; "" without one
  bool answer_begun = false;

  [[noreturn]] void refuse(ErrorKind kind, std::string_view doing, std::string_view why, bool retryable,
                           std::string_view hint = {}) const;
  // What went wrong at the proxy should not read as if the registry had done it (hostile.md, 170).
  [[noreturn]] void refuse_proxy(std::string_view why, bool retryable, std::string_view hint = {}) const;
  [[noreturn]] void refuse_proxy_login(std::string_view why) const;
  // A certificate that is not believed (hostile.md, 188).
  [[noreturn]] void refuse_certificate(std::string_view why) const;
  // TLS that could not be opened (hostile.md, 190).
  [[noreturn]] void refuse_tls(std::string_view why) const;
  // A connection that broke.
  [[noreturn]] void refuse_broken(std::string_view doing, std::string_view why) const;

 private:
  void explain_alert(std::string_view words) const;
  std::string how_to_show_a_certificate() const;
  std::string lost_alert() const;
};

}  // namespace whittle::registry
