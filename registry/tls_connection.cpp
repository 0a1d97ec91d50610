#include "registry/tls_connection.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "common/text.hpp"
#include "registry/trust_store.hpp"

namespace whittle::registry {
namespace {

constexpr std::size_t read_ahead = 64U << 10U;  // bytes: some records of TLS at once

[[noreturn]] void no_memory_for_tls() {
  throw Error(ErrorKind::machine_limit, "no memory for a TLS connection");
}

// The way from OpenSSL to the connection below, whatever that is.
Connection& below_of(BIO* bio) {
  return *static_cast<Connection*>(BIO_get_data(bio));
}

int bio_outcome(BIO* bio, const Moved& moved, void (*retry)(BIO*)) {
  BIO_clear_retry_flags(bio);
  if (moved.how == Moved::How::moved) return static_cast<int>(moved.count);
  if (moved.how == Moved::How::blocked) retry(bio);
  return moved.how == Moved::How::ended ? 0 : -1;
}

int bio_read(BIO* bio, char* data, int size) {
  if (size <= 0) return 0;
  const auto buffer = std::as_writable_bytes(std::span(data, static_cast<std::size_t>(size)));
  return bio_outcome(bio, below_of(bio).read(buffer), [](BIO* at) { BIO_set_retry_read(at); });
}

int bio_write(BIO* bio, const char* data, int size) {
  if (size <= 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, static_cast<std::size_t>(size)));
  return bio_outcome(bio, below_of(bio).write(bytes), [](BIO* at) { BIO_set_retry_write(at); });
}

long bio_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* connection_method() {
  static BIO_METHOD* const method = [] {
    auto* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "a connection of whittle");
    if (made == nullptr || BIO_meth_set_read(made, bio_read) != 1 ||
        BIO_meth_set_write(made, bio_write) != 1 || BIO_meth_set_ctrl(made, bio_control) != 1)
      no_memory_for_tls();
    return made;
  }();
  return method;
}

BIO* bio_over(Connection& below) {
  auto* const bio = BIO_new(connection_method());
  if (bio == nullptr) no_memory_for_tls();
  BIO_set_data(bio, &below);
  BIO_set_init(bio, 1);
  return bio;
}

// The name that a certificate must be for: without the brackets of an IPv6 address, and without the dot that
// ends a full name.
std::string certified_name(std::string host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.ends_with('.')) host.pop_back();
  return host;
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

using TextBio = std::unique_ptr<BIO, decltype(&BIO_free)>;

TextBio text_bio(const std::string& text) {
  TextBio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  if (!bio) no_memory_for_tls();
  return bio;
}

// The certificate to show, with those that follow it, and its key; both were checked when they were read.
void show(SSL_CTX& context, const TlsIdentity& identity) {
  const auto chain = text_bio(identity.certificate);
  for (bool first = true;; first = false) {
    std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509_AUX(chain.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!certificate) break;
    if (first) {
      SSL_CTX_use_certificate(&context, certificate.get());
    } else if (SSL_CTX_add0_chain_cert(&context, certificate.get()) == 1) {
      static_cast<void>(certificate.release());
    }
  }
  const auto text = text_bio(identity.key);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  if (!key || SSL_CTX_use_PrivateKey(&context, key.get()) != 1)
    throw Error(ErrorKind::auth, fmt::format("{} cannot be shown: {}",
                                             escaped(identity.certificate_file.native(), false, 4096),
                                             ERR_reason_error_string(ERR_peek_last_error())));
}

}  // namespace

void TlsConnection::Free::operator()(SSL* ssl) const {
  SSL_free(ssl);
}

TlsConnection::TlsConnection(std::unique_ptr<Connection> below, SSL_CTX& settings, const std::string& host)
    : below_(std::move(below)), ssl_(SSL_new(&settings)), host_(certified_name(host)) {
  if (!ssl_) no_memory_for_tls();
  auto* const bio = bio_over(*below_);
  SSL_set_bio(ssl_.get(), bio, bio);
  const bool address = is_address(host_);
  // Names alone are told to the server (RFC 6066, section 3).
  if (!address) SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host_.data());
  const bool named = address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host_.c_str()) == 1
                             : SSL_set1_host(ssl_.get(), host_.c_str()) == 1;
  if (!named) no_memory_for_tls();
}

TlsConnection::~TlsConnection() {
  // What is closed in good order tells the other side that nothing was cut off; whether it arrives or not.
  if (SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

Moved TlsConnection::outcome(int result, std::size_t count, short& awaits) {
  if (result == 1) return {Moved::How::moved, count};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      awaits = POLLIN;
      return {Moved::How::blocked};
    case SSL_ERROR_WANT_WRITE:
      awaits = POLLOUT;
      return {Moved::How::blocked};
    case SSL_ERROR_ZERO_RETURN:
      return {Moved::How::ended};
    default:
      explain();
      return {Moved::How::failed};
  }
}

// OpenSSL's words, or those of the connection below it: only one of them says why.
void TlsConnection::explain() {
  const auto code = ERR_peek_error();
  const auto verified = SSL_get_verify_result(ssl_.get());
  distrusted_ = ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED && verified != X509_V_OK;
  if (distrusted_ && (verified == X509_V_ERR_HOSTNAME_MISMATCH || verified == X509_V_ERR_IP_ADDRESS_MISMATCH))
    why_ = fmt::format("none of the names in it is {}", host_);
  else if (distrusted_)
    why_ = X509_verify_cert_error_string(verified);
  else if (code == 0)
    why_ = below_->why().empty() ? "the connection was closed" : below_->why();
  else if (const char* const reason = ERR_reason_error_string(code); reason != nullptr)
    why_ = escaped(reason);
  else
    why_ = fmt::format("error {:x} of OpenSSL", code);
}

Moved TlsConnection::open() {
  ERR_clear_error();
  return outcome(SSL_connect(ssl_.get()), 0, read_awaits_);
}

Moved TlsConnection::read(MutableBytes buffer) {
  ERR_clear_error();
  std::size_t count = 0;
  const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count);
  return outcome(result, count, read_awaits_);
}

Moved TlsConnection::write(Bytes bytes) {
  ERR_clear_error();
  std::size_t count = 0;
  const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
  return outcome(result, count, write_awaits_);
}

void TlsSettings::Free::operator()(SSL_CTX* context) const {
  SSL_CTX_free(context);
}

SSL_CTX& TlsSettings::of(const std::shared_ptr<const TlsIdentity>& identity) {
  const std::lock_guard lock(mutex_);
  auto& context = made_[identity];
  if (!context) context = make(identity ? *identity : TlsIdentity());
  return *context;
}

TlsSettings::Context TlsSettings::make(const TlsIdentity& identity) const {
  static constexpr std::array<unsigned char, 9> http_1_1 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  Context context(SSL_CTX_new(TLS_client_method()));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) no_memory_for_tls();
  SSL_CTX_set_alpn_protos(context.get(), http_1_1.data(), http_1_1.size());
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_default_read_buffer_len(context.get(), read_ahead);
  SSL_CTX_set_verify(context.get(), identity.unverified ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  if (!identity.unverified) set_trusted(*context, authorities_, identity.authorities);
  if (!identity.certificate.empty()) {
    show(*context, identity);
    // Some servers ask only when they know what is asked for (RFC 8446, section 4.6.2).
    SSL_CTX_set_post_handshake_auth(context.get(), 1);
  }
  ERR_clear_error();
  return context;
}

}  // namespace whittle::registry
