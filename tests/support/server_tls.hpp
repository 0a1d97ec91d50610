// The server's side of TLS for tests.
#pragma once

#include <memory>
#include <string>

#include "tests/support/test_certificates.hpp"

namespace whittle::test {

struct ServerTls {
  IssuedCertificate own;
  // PEM of the authority whose client certificates are asked for; "" asks for none.
  std::string client_authority = {};
  bool client_required = true;
  int newest_version = 0;  // TLS1_VERSION and the like; 0 for what OpenSSL offers
};

// One connection over a socket it does not own. Blocking; one thread.
class TlsConnection {
 public:
  struct Context;
  static std::shared_ptr<Context> context(const ServerTls& tls);

  TlsConnection(Context& context, int fd);
  ~TlsConnection();
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;

  bool accept();
  long receive(char* buffer, std::size_t size);    // as recv(2)
  long send(const char* bytes, std::size_t size);  // as send(2)
  std::string client() const;                      // the common name of the client's certificate

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace whittle::test
