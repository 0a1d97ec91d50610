#include "tests/support/test_certificates.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>

#include "tests/support/openssl_handles.hpp"

namespace whittle::test {
namespace {

using Certificate = OpensslHandle<X509>;
using Key = OpensslHandle<EVP_PKEY>;

void check_certificate(bool good) {
  if (!good) throw std::runtime_error("OpenSSL could not make a certificate");
}

template <class Write>
std::string pem(const Write& write) {
  const OpensslHandle<BIO> bio(BIO_new(BIO_s_mem()));
  check_certificate(write(bio.get()) == 1);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  return pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string pem_of(EVP_PKEY* key, const std::string& passphrase) {
  const auto* const cipher = passphrase.empty() ? nullptr : EVP_aes_128_cbc();
  return pem([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, passphrase.data(),
                                         static_cast<int>(passphrase.size()), nullptr, nullptr);
  });
}

void extend(X509* certificate, int id, const std::string& value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str());
  check_certificate(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// Everything but issuer and signature.
Certificate blank(const CertificateWish& wish, EVP_PKEY* key) {
  static std::atomic<long> serial = 1000;
  constexpr long day = 24L * 3600;
  Certificate certificate(X509_new());
  check_certificate(certificate != nullptr);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -2 * day);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), wish.days * day);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1, -1, 0);
  X509_set_pubkey(certificate.get(), key);
  if (!wish.hosts.empty())
    extend(certificate.get(), NID_subject_alt_name, fmt::format("{}", fmt::join(wish.hosts, ",")));
  return certificate;
}

}  // namespace

struct TestAuthority::Own {
  Key key{EVP_EC_gen("P-256")};
  Certificate certificate = {};
};

TestAuthority::TestAuthority(const std::string& name) : own_(std::make_unique<Own>()) {
  own_->certificate = blank({.name = name, .days = 10}, own_->key.get());
  X509_set_issuer_name(own_->certificate.get(), X509_get_subject_name(own_->certificate.get()));
  extend(own_->certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  check_certificate(X509_sign(own_->certificate.get(), own_->key.get(), EVP_sha256()) > 0);
  certificate_ = pem_of(own_->certificate.get());
}
TestAuthority::~TestAuthority() = default;

IssuedCertificate TestAuthority::issue(const CertificateWish& wish) const {
  const Key key(EVP_EC_gen("P-256"));
  const auto certificate = blank(wish, key.get());
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(own_->certificate.get()));
  check_certificate(X509_sign(certificate.get(), own_->key.get(), EVP_sha256()) > 0);
  return {pem_of(certificate.get()), pem_of(key.get(), wish.passphrase)};
}

CertificateWish for_loopback() {
  return {.name = "localhost", .hosts = {"DNS:localhost", "IP:127.0.0.1"}};
}

}  // namespace whittle::test
