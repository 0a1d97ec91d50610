// What libcurl's failures mean: errors that name the host and the stage in which the way to it broke.
#pragma once

#include <string>
#include <string_view>

#include "common/error.hpp"
#include "registry/certificates.hpp"
#include "registry/url.hpp"

namespace whittle::registry {

// A request that came to no answer, or whose answer broke off. A value that borrows all it points to.
struct FailedRequest {
  std::string_view method;
  const Url& url;
  const TlsIdentity* identity = nullptr;  // that was used, if any
  std::string proxy = {};                 // the one that was used, without its login; "" without one
  bool answer_begun = false;
  bool header_read = false;

  // Throws RegistryError(kind): "METHOD URL: DOING HOST: WHY".
  [[noreturn]] void refuse(ErrorKind kind, std::string_view doing, std::string_view why, bool retryable,
                           std::string_view hint = {}) const;
  // Throws what a failure of libcurl means (hostile.md, 129, 170, 188 and 190).
  struct Failure {
    int code = 0;            // a CURLcode
    std::string words = {};  // libcurl's; escaped
    long system_error = 0;   // of the last connection that failed, if any
    long tunnel_status = 0;  // what the proxy answered to CONNECT, if it did
  };
  [[noreturn]] void fail(const Failure& failure) const;
  // Throws what an answer of 407 means, which no registry gives.
  [[noreturn]] void refuse_proxy_login() const;

 private:
  void explain_proxy(const Failure& failure) const;
  void explain_alert(std::string_view words) const;
  std::string how_to_show_a_certificate() const;
  std::string lost_alert() const;
};

}  // namespace whittle::registry
