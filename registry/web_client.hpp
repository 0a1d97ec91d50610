// The Web over a transport.
#pragma once

#include "registry/http.hpp"
#include "registry/retries.hpp"
#include "registry/web.hpp"

namespace whittle::registry {

// Plain http is followed from plain http: what a mirror sends is verified by whoever reads it. TLS is never
// left. Borrows both.
class WebClient final : public Web {
 public:
  // `transport` repeats what fails for the moment.
  WebClient(Transport& transport, Retries& retries) : transport_(transport), retries_(retries) {}
  std::unique_ptr<ByteSource> open(const std::string& url, const WebFile& file) override;
  std::optional<std::uint64_t> size(const std::string& url, const WebFile& file) override;

 private:
  Transport& transport_;
  Retries& retries_;
};

}  // namespace whittle::registry
