// librnp, loaded when the first signature is verified: with Botan and all else it brings it takes four
// milliseconds.
#pragma once

#include <rnp/rnp.h>

namespace whittle::packages {

// The functions in use, each as rnp.h declares it. The library stays loaded to the end of the process.
// Thread-safe.
class RnpLibrary {
 public:
  // Error(unsupported) when the library is not there or lacks a function.
  RnpLibrary();

  decltype(&rnp_ffi_create) ffi_create = nullptr;
  decltype(&rnp_ffi_destroy) ffi_destroy = nullptr;
  decltype(&rnp_set_timestamp) set_timestamp = nullptr;
  decltype(&rnp_result_to_string) result_to_string = nullptr;
  decltype(&rnp_buffer_destroy) buffer_destroy = nullptr;
  decltype(&rnp_input_from_memory) input_from_memory = nullptr;
  decltype(&rnp_input_destroy) input_destroy = nullptr;
  decltype(&rnp_output_to_memory) output_to_memory = nullptr;
  decltype(&rnp_output_memory_get_buf) output_memory_get_buf = nullptr;
  decltype(&rnp_output_destroy) output_destroy = nullptr;
  decltype(&rnp_import_keys) import_keys = nullptr;
  decltype(&rnp_key_handle_destroy) key_handle_destroy = nullptr;
  decltype(&rnp_key_get_fprint) key_get_fprint = nullptr;
  decltype(&rnp_key_get_primary_fprint) key_get_primary_fprint = nullptr;
  decltype(&rnp_key_is_sub) key_is_sub = nullptr;
  decltype(&rnp_key_get_alg) key_get_alg = nullptr;
  decltype(&rnp_key_get_bits) key_get_bits = nullptr;
  decltype(&rnp_key_is_revoked) key_is_revoked = nullptr;
  decltype(&rnp_key_is_valid) key_is_valid = nullptr;
  decltype(&rnp_key_valid_till64) key_valid_till64 = nullptr;
  decltype(&rnp_key_allows_usage) key_allows_usage = nullptr;
  decltype(&rnp_op_verify_create) op_verify_create = nullptr;
  decltype(&rnp_op_verify_execute) op_verify_execute = nullptr;
  decltype(&rnp_op_verify_destroy) op_verify_destroy = nullptr;
  decltype(&rnp_op_verify_get_signature_count) op_verify_get_signature_count = nullptr;
  decltype(&rnp_op_verify_get_signature_at) op_verify_get_signature_at = nullptr;
  decltype(&rnp_op_verify_signature_get_status) op_verify_signature_get_status = nullptr;
  decltype(&rnp_op_verify_signature_get_hash) op_verify_signature_get_hash = nullptr;
  decltype(&rnp_op_verify_signature_get_key) op_verify_signature_get_key = nullptr;
  decltype(&rnp_op_verify_signature_get_times) op_verify_signature_get_times = nullptr;
  decltype(&rnp_op_verify_signature_get_handle) op_verify_signature_get_handle = nullptr;
  decltype(&rnp_signature_get_keyid) signature_get_keyid = nullptr;
  decltype(&rnp_signature_handle_destroy) signature_handle_destroy = nullptr;
};

}  // namespace whittle::packages
