#include "packages/rnp_library.hpp"

#include "common/loaded_library.hpp"

namespace whittle::packages {

RnpLibrary::RnpLibrary() {
  const LoadedLibrary library("librnp.so.0", "package archives are verified by librnp", "librnp0");
  library.find(ffi_create, "rnp_ffi_create");
  library.find(ffi_destroy, "rnp_ffi_destroy");
  library.find(set_timestamp, "rnp_set_timestamp");
  library.find(result_to_string, "rnp_result_to_string");
  library.find(buffer_destroy, "rnp_buffer_destroy");
  library.find(input_from_memory, "rnp_input_from_memory");
  library.find(input_destroy, "rnp_input_destroy");
  library.find(output_to_memory, "rnp_output_to_memory");
  library.find(output_memory_get_buf, "rnp_output_memory_get_buf");
  library.find(output_destroy, "rnp_output_destroy");
  library.find(import_keys, "rnp_import_keys");
  library.find(key_handle_destroy, "rnp_key_handle_destroy");
  library.find(key_get_fprint, "rnp_key_get_fprint");
  library.find(key_get_primary_fprint, "rnp_key_get_primary_fprint");
  library.find(key_is_sub, "rnp_key_is_sub");
  library.find(key_get_alg, "rnp_key_get_alg");
  library.find(key_get_bits, "rnp_key_get_bits");
  library.find(key_is_revoked, "rnp_key_is_revoked");
  library.find(key_is_valid, "rnp_key_is_valid");
  library.find(key_valid_till64, "rnp_key_valid_till64");
  library.find(key_allows_usage, "rnp_key_allows_usage");
  library.find(op_verify_create, "rnp_op_verify_create");
  library.find(op_verify_execute, "rnp_op_verify_execute");
  library.find(op_verify_destroy, "rnp_op_verify_destroy");
  library.find(op_verify_get_signature_count, "rnp_op_verify_get_signature_count");
  library.find(op_verify_get_signature_at, "rnp_op_verify_get_signature_at");
  library.find(op_verify_signature_get_status, "rnp_op_verify_signature_get_status");
  library.find(op_verify_signature_get_hash, "rnp_op_verify_signature_get_hash");
  library.find(op_verify_signature_get_key, "rnp_op_verify_signature_get_key");
  library.find(op_verify_signature_get_times, "rnp_op_verify_signature_get_times");
  library.find(op_verify_signature_get_handle, "rnp_op_verify_signature_get_handle");
  library.find(signature_get_keyid, "rnp_signature_get_keyid");
  library.find(signature_handle_destroy, "rnp_signature_handle_destroy");
}

}  // namespace whittle::packages
