#include "tests/support/signing_key.hpp"

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#include <functional>
#include <stdexcept>
#include <type_traits>

namespace whittle::test {
namespace {

template <class Handle>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, std::function<void(Handle)>>;

void check_rnp(rnp_result_t result, const char* doing) {
  if (result != RNP_SUCCESS)
    throw std::runtime_error(std::string(doing) + ": " + rnp_result_to_string(result));
}

Owned<rnp_output_t> memory() {
  rnp_output_t output = nullptr;
  check_rnp(rnp_output_to_memory(&output, 0), "output");
  return {output, rnp_output_destroy};
}

std::string contents(const Owned<rnp_output_t>& output) {
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  check_rnp(rnp_output_memory_get_buf(output.get(), &bytes, &size, false), "output");
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

struct SigningKey::State {
  Owned<rnp_ffi_t> ffi;
  Owned<rnp_key_handle_t> key;
};

SigningKey::SigningKey(const KeyOptions& options) : state_(std::make_unique<State>()) {
  rnp_ffi_t ffi = nullptr;
  check_rnp(rnp_ffi_create(&ffi, "GPG", "GPG"), "librnp");
  state_->ffi = {ffi, rnp_ffi_destroy};
  check_rnp(rnp_set_timestamp(ffi, options.created), "time");
  rnp_op_generate_t handle = nullptr;
  check_rnp(rnp_op_generate_create(&handle, ffi, options.algorithm.c_str()), "key");
  const Owned<rnp_op_generate_t> operation(handle, rnp_op_generate_destroy);
  if (options.bits > 0) check_rnp(rnp_op_generate_set_bits(handle, options.bits), "bits");
  check_rnp(rnp_op_generate_set_userid(handle, "archive <archive@example.com>"), "user");
  check_rnp(rnp_op_generate_add_usage(handle, "sign"), "usage");
  check_rnp(rnp_op_generate_set_expiration(handle, options.lifetime), "lifetime");
  check_rnp(rnp_op_generate_execute(handle), "key");
  rnp_key_handle_t key = nullptr;
  check_rnp(rnp_op_generate_get_key(handle, &key), "key");
  state_->key = {key, rnp_key_handle_destroy};
}

SigningKey::~SigningKey() = default;
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;

std::string SigningKey::public_key(bool armoured) const {
  const auto output = memory();
  check_rnp(rnp_key_export(state_->key.get(), output.get(),
                           RNP_KEY_EXPORT_PUBLIC | (armoured ? RNP_KEY_EXPORT_ARMORED : 0U)),
            "export");
  return contents(output);
}

std::string SigningKey::fingerprint() const {
  char* text = nullptr;
  check_rnp(rnp_key_get_fprint(state_->key.get(), &text), "fingerprint");
  const Owned<char*> owned(text, rnp_buffer_destroy);
  return text;
}

std::string SigningKey::id() const {
  const auto all = fingerprint();
  return all.substr(all.size() - 16);
}

void SigningKey::revoke() {
  check_rnp(rnp_key_revoke(state_->key.get(), 0, "SHA256", nullptr, nullptr), "revoking");
}

std::string SigningKey::clear_sign(std::string_view text, const SignOptions& options,
                                   const std::vector<const SigningKey*>& others) const {
  rnp_input_t source = nullptr;
  check_rnp(
      rnp_input_from_memory(&source, reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), false),
      "input");
  const Owned<rnp_input_t> input(source, rnp_input_destroy);
  const auto output = memory();
  rnp_op_sign_t handle = nullptr;
  check_rnp(rnp_op_sign_cleartext_create(&handle, state_->ffi.get(), input.get(), output.get()), "signing");
  const Owned<rnp_op_sign_t> operation(handle, rnp_op_sign_destroy);
  check_rnp(rnp_op_sign_set_hash(handle, options.hash.c_str()), "hash");
  check_rnp(rnp_op_sign_set_creation_time(handle, options.created), "creation");
  check_rnp(rnp_op_sign_set_expiration_time(handle, options.lifetime), "lifetime");
  check_rnp(rnp_op_sign_add_signature(handle, state_->key.get(), nullptr), "signature");
  for (const auto* other : others)
    check_rnp(rnp_op_sign_add_signature(handle, other->state_->key.get(), nullptr), "signature");
  check_rnp(rnp_op_sign_execute(handle), "signing");
  return contents(output);
}

}  // namespace whittle::test
