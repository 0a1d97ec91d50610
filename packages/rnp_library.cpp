#include "packages/rnp_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::packages {
namespace {

constexpr const char* file_name = "librnp.so.0";

std::string reason() {
  const char* const text = ::dlerror();
  return text == nullptr ? "no reason is given" : escaped(text);
}

template <class Function>
void load(void* library, Function*& function, const char* name) {
  function = reinterpret_cast<Function*>(::dlsym(library, name));
  if (function == nullptr)
    throw Error(ErrorKind::unsupported, fmt::format("the librnp that is installed is too old: {}", reason()));
}

}  // namespace

RnpLibrary::RnpLibrary() {
  // Never unloaded: some of what it brings cannot be.
  void* const library = ::dlopen(file_name, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr)
    throw Error(ErrorKind::unsupported, fmt::format("package archives are verified by librnp: {}", reason()))
        .hint("install librnp 0 (Debian: librnp0)");
  load(library, ffi_create, "rnp_ffi_create");
  load(library, ffi_destroy, "rnp_ffi_destroy");
  load(library, set_timestamp, "rnp_set_timestamp");
  load(library, result_to_string, "rnp_result_to_string");
  load(library, buffer_destroy, "rnp_buffer_destroy");
  load(library, input_from_memory, "rnp_input_from_memory");
  load(library, input_destroy, "rnp_input_destroy");
  load(library, output_to_memory, "rnp_output_to_memory");
  load(library, output_memory_get_buf, "rnp_output_memory_get_buf");
  load(library, output_destroy, "rnp_output_destroy");
  load(library, import_keys, "rnp_import_keys");
  load(library, key_handle_destroy, "rnp_key_handle_destroy");
  load(library, key_get_fprint, "rnp_key_get_fprint");
  load(library, key_get_primary_fprint, "rnp_key_get_primary_fprint");
  load(library, key_is_sub, "rnp_key_is_sub");
  load(library, key_get_alg, "rnp_key_get_alg");
  load(library, key_get_bits, "rnp_key_get_bits");
  load(library, key_is_revoked, "rnp_key_is_revoked");
  load(library, key_is_valid, "rnp_key_is_valid");
  load(library, key_valid_till64, "rnp_key_valid_till64");
  load(library, key_allows_usage, "rnp_key_allows_usage");
  load(library, op_verify_create, "rnp_op_verify_create");
  load(library, op_verify_execute, "rnp_op_verify_execute");
  load(library, op_verify_destroy, "rnp_op_verify_destroy");
  load(library, op_verify_get_signature_count, "rnp_op_verify_get_signature_count");
  load(library, op_verify_get_signature_at, "rnp_op_verify_get_signature_at");
  load(library, op_verify_signature_get_status, "rnp_op_verify_signature_get_status");
  load(library, op_verify_signature_get_hash, "rnp_op_verify_signature_get_hash");
  load(library, op_verify_signature_get_key, "rnp_op_verify_signature_get_key");
  load(library, op_verify_signature_get_times, "rnp_op_verify_signature_get_times");
  load(library, op_verify_signature_get_handle, "rnp_op_verify_signature_get_handle");
  load(library, signature_get_keyid, "rnp_signature_get_keyid");
  load(library, signature_handle_destroy, "rnp_signature_handle_destroy");
}

}  // namespace whittle::packages
