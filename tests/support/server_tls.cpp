#include "tests/support/server_tls.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

#include "tests/support/openssl_handles.hpp"

namespace whittle::test {
namespace {

void check_tls(bool good) {
  if (!good) throw std::runtime_error("OpenSSL refuses to serve");
}

OpensslHandle<X509> certificate_of(const std::string& pem) {
  const OpensslHandle<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return OpensslHandle<X509>(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

}  // namespace

struct TlsConnection::Context {
  OpensslHandle<SSL_CTX> context{SSL_CTX_new(TLS_server_method())};
};

struct TlsConnection::State {
  OpensslHandle<SSL> ssl;
};

std::shared_ptr<TlsConnection::Context> TlsConnection::context(const ServerTls& tls) {
  auto shared = std::make_shared<Context>();
  SSL_CTX* const context = shared->context.get();
  const auto own = certificate_of(tls.own.certificate);
  const OpensslHandle<BIO> bio(BIO_new_mem_buf(tls.own.key.data(), static_cast<int>(tls.own.key.size())));
  const OpensslHandle<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  check_tls(SSL_CTX_use_certificate(context, own.get()) == 1 &&
            SSL_CTX_use_PrivateKey(context, key.get()) == 1);
  if (tls.newest_version != 0) {
    SSL_CTX_set_security_level(context, 0);  // old versions count as insecure, which is the point
    check_tls(SSL_CTX_set_min_proto_version(context, TLS1_VERSION) == 1 &&
              SSL_CTX_set_max_proto_version(context, tls.newest_version) == 1);
  }
  if (!tls.client_authority.empty()) {
    const auto authority = certificate_of(tls.client_authority);
    check_tls(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) == 1 &&
              SSL_CTX_add_client_CA(context, authority.get()) == 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (tls.client_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       nullptr);
    const unsigned char id = 1;
    SSL_CTX_set_session_id_context(context, &id, 1);
  }
  return shared;
}

TlsConnection::TlsConnection(Context& context, int fd)
    : state_(std::make_unique<State>(State{OpensslHandle<SSL>(SSL_new(context.context.get()))})) {
  check_tls(SSL_set_fd(state_->ssl.get(), fd) == 1);
  // OpenSSL writes with write(2): a client that has gone must not end the process.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
}
TlsConnection::~TlsConnection() {
  SSL_shutdown(state_->ssl.get());
}

bool TlsConnection::accept() {
  if (SSL_accept(state_->ssl.get()) == 1) return true;
  // The alert would be lost if the socket were closed while something that was sent is unread.
  const int fd = SSL_get_fd(state_->ssl.get());
  ::shutdown(fd, SHUT_WR);
  std::array<char, 4096> rest{};
  while (::recv(fd, rest.data(), rest.size(), 0) > 0) {
  }
  return false;
}
long TlsConnection::receive(char* buffer, std::size_t size) {
  return SSL_read(state_->ssl.get(), buffer, static_cast<int>(size));
}
long TlsConnection::send(const char* bytes, std::size_t size) {
  return SSL_write(state_->ssl.get(), bytes, static_cast<int>(size));
}

std::string TlsConnection::client() const {
  const OpensslHandle<X509> certificate(SSL_get1_peer_certificate(state_->ssl.get()));
  if (!certificate) return {};
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                            static_cast<int>(name.size()));
  return name.data();
}

}  // namespace whittle::test
