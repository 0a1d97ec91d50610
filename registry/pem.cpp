#include "registry/pem.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"

namespace whittle::registry {
namespace {

constexpr std::size_t pem_file_limit = 1U << 20U;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Free>;

[[noreturn]] void refuse_pem(const std::filesystem::path& file, std::string_view why) {
  throw Error(ErrorKind::auth, fmt::format("{}: {}", escaped(file.native(), false, 4096), why));
}

std::string read(const std::filesystem::path& file) {
  try {
    return read_file(file, pem_file_limit);
  } catch (const Error& error) {
    throw Error(ErrorKind::auth, error.message());
  }
}

Bio open(const std::string& text) {
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) throw Error(ErrorKind::machine_limit, "no memory for a certificate");
  return bio;
}

Certificate next_certificate(const Bio& bio) {
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}

// Asked when a key turns out to be encrypted: nobody is there who could be asked.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

PrivateKey parse_key(const std::string& text, bool& encrypted) {
  const auto bio = open(text);
  PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, &encrypted));
  ERR_clear_error();
  return key;
}

}  // namespace

std::string read_certificates(const std::filesystem::path& file) {
  auto text = read(file);
  if (!next_certificate(open(text))) refuse_pem(file, "there is no certificate in PEM in it");
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

std::string read_private_key(const std::filesystem::path& file) {
  auto text = read(file);
  bool encrypted = false;
  if (parse_key(text, encrypted)) return text;
  if (encrypted)
    refuse_pem(file, "the private key is encrypted, and there is nobody to ask for its passphrase");
  refuse_pem(file, "there is no private key in PEM in it");
}

bool is_pair(const std::string& certificates, const std::string& key) {
  bool encrypted = false;
  const auto certificate = next_certificate(open(certificates));
  const auto parsed = parse_key(key, encrypted);
  const bool fits = certificate && parsed && X509_check_private_key(certificate.get(), parsed.get()) == 1;
  ERR_clear_error();
  return fits;
}

}  // namespace whittle::registry
