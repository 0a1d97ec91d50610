#include "registry/trust_store.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <memory>
#include <mutex>
#include <utility>

#include "common/error.hpp"

namespace whittle::registry {
namespace {

[[noreturn]] void no_memory() {
  throw Error(ErrorKind::machine_limit, "no memory for the authorities that TLS believes");
}

// A file of certificates that is read when the first is looked for.
struct Bundle {
  explicit Bundle(std::string path) : file(std::move(path)) {}
  std::string file;
  std::once_flag read = {};
};

int find_in_bundle(X509_LOOKUP* lookup, X509_LOOKUP_TYPE type, const X509_NAME* name, X509_OBJECT* found) {
  auto* const bundle = static_cast<Bundle*>(X509_LOOKUP_get_method_data(lookup));
  auto* const store = X509_LOOKUP_get_store(lookup);
  if (bundle == nullptr || type != X509_LU_X509) return 0;
  std::call_once(bundle->read, [&] { X509_STORE_load_file(store, bundle->file.c_str()); });
  ERR_clear_error();
  X509_STORE_lock(store);
  auto* const objects = X509_STORE_get0_objects(store);
  const int at = X509_OBJECT_idx_by_subject(objects, type, name);
  auto* const certificate = at < 0 ? nullptr : X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, at));
  const bool given = certificate != nullptr && X509_OBJECT_set1_X509(found, certificate) == 1;
  // Whoever asks takes a reference of its own, and knows nothing of this one; the store has another.
  if (given) X509_free(certificate);
  X509_STORE_unlock(store);
  return given ? 1 : 0;
}

void free_bundle(X509_LOOKUP* lookup) {
  delete static_cast<Bundle*>(X509_LOOKUP_get_method_data(lookup));
}

X509_LOOKUP_METHOD* bundle_method() {
  static X509_LOOKUP_METHOD* const method = [] {
    auto* const made = X509_LOOKUP_meth_new("a file that is read late");
    if (made == nullptr || X509_LOOKUP_meth_set_get_by_subject(made, find_in_bundle) != 1 ||
        X509_LOOKUP_meth_set_free(made, free_bundle) != 1)
      no_memory();
    return made;
  }();
  return method;
}

void add_file(X509_STORE& store, const std::filesystem::path& file) {
  X509_STORE_load_path(&store, file.parent_path().c_str());
  auto* const lookup = X509_STORE_add_lookup(&store, bundle_method());
  auto bundle = std::make_unique<Bundle>(file.native());
  if (lookup == nullptr || X509_LOOKUP_set_method_data(lookup, bundle.get()) != 1) no_memory();
  static_cast<void>(bundle.release());  // free_bundle() has it now
}

void add_texts(X509_STORE& store, const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  if (!text) no_memory();
  for (;;) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509_AUX(text.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!certificate) break;
    if (X509_STORE_add_cert(&store, certificate.get()) != 1) no_memory();
  }
}

}  // namespace

void set_trusted(SSL_CTX& context, const std::filesystem::path& file, const std::string& more) {
  auto* const store = SSL_CTX_get_cert_store(&context);
  if (!file.empty()) add_file(*store, file);
  if (!more.empty()) add_texts(*store, more);
  // An authority of the user's own may be one that another has signed.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  ERR_clear_error();
}

}  // namespace whittle::registry
