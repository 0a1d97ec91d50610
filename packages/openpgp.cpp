#include "packages/openpgp.hpp"

#include <fmt/format.h>
#include <rnp/rnp_err.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "packages/clear_signed.hpp"
#include "packages/rnp_library.hpp"

namespace whittle::packages {
namespace {

constexpr std::size_t keys_limit = 8U << 20U;  // bytes of one source of keys
constexpr unsigned least_bits = 2048;          // of RSA and DSA
constexpr std::array<std::string_view, 5> strong_hashes{"SHA256", "SHA384", "SHA512", "SHA3-256", "SHA3-512"};
constexpr std::string_view begin_armour = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
constexpr std::string_view end_armour = "-----END PGP PUBLIC KEY BLOCK-----";

template <class Handle>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, std::function<void(Handle)>>;

// One verification: its own keys, its own time.
class Verifier {
 public:
  explicit Verifier(const Trust& trust) : trust_(trust) {
    rnp_ffi_t ffi = nullptr;
    check(rnp_.ffi_create(&ffi, RNP_KEYSTORE_GPG, RNP_KEYSTORE_GPG), "starting librnp");
    ffi_ = {ffi, rnp_.ffi_destroy};
    const auto now = trust.now.time_since_epoch().count();
    check(rnp_.set_timestamp(ffi, static_cast<std::uint64_t>(std::max<decltype(now)>(now, 1))),
          "setting the time");
    for (const auto& key : trust.keys) import(key);
  }

  std::string verify(std::string_view message, const std::string& what) {
    auto text = clear_signed_text(message, what);
    const auto input = input_of(message);
    rnp_output_t output_handle = nullptr;
    check(rnp_.output_to_memory(&output_handle, message.size() + 1), "verifying");
    const Owned<rnp_output_t> output(output_handle, rnp_.output_destroy);
    rnp_op_verify_t handle = nullptr;
    check(rnp_.op_verify_create(&handle, ffi_.get(), input.get(), output.get()), "verifying");
    const Owned<rnp_op_verify_t> operation(handle, rnp_.op_verify_destroy);
    // What it returns sums up the signatures, by other rules than ours.
    rnp_.op_verify_execute(operation.get());
    require_good_signature(operation.get(), what);
    require_same(output.get(), text, what);
    return text;
  }

 private:
  static void check(rnp_result_t result, std::string_view doing) {
    if (result != RNP_SUCCESS)
      throw Error(ErrorKind::internal, fmt::format("{}: librnp answers {:#x}", doing, result));
  }

  Owned<rnp_input_t> input_of(std::string_view bytes) {
    rnp_input_t input = nullptr;
    check(rnp_.input_from_memory(&input, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                                 false),
          "reading");
    return {input, rnp_.input_destroy};
  }

  // Takes over a string that librnp allocated.
  template <class Object>
  std::string text_of(rnp_result_t (*get)(Object, char**), Object object) {
    char* text = nullptr;
    if (get(object, &text) != RNP_SUCCESS || text == nullptr) return {};
    const Owned<char*> owned(text, rnp_.buffer_destroy);
    return text;
  }

  void import(const KeySource& source) {
    const auto name =
        source.file.empty() ? "the keys of a source" : escaped(source.file.native(), false, 4096);
    const auto text = source.file.empty() ? source.text : read_file(source.file, keys_limit);
    auto rest = std::string_view(text);
    if (rest.find(begin_armour) == std::string_view::npos) return import(rest, name);
    // librnp would read the first of several blocks alone.
    for (auto begin = rest.find(begin_armour); begin != std::string_view::npos;
         begin = rest.find(begin_armour)) {
      rest.remove_prefix(begin);
      const auto end = rest.find(end_armour);
      const auto block = rest.substr(0, end == std::string_view::npos ? end : end + end_armour.size());
      import(std::string(block) + "\n", name);
      rest.remove_prefix(block.size());
    }
  }

  // Permissive: a key of a kind that is not known does not spoil the others.
  void import(std::string_view bytes, const std::string& name) {
    const auto input = input_of(bytes);
    const auto result = rnp_.import_keys(ffi_.get(), input.get(),
                                         RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_PERMISSIVE, nullptr);
    if (result != RNP_SUCCESS)
      throw Error(ErrorKind::unverified, fmt::format("{}: there are no OpenPGP keys in it ({})", name,
                                                     rnp_.result_to_string(result)));
  }

  void require_good_signature(rnp_op_verify_t operation, const std::string& what) {
    std::size_t count = 0;
    check(rnp_.op_verify_get_signature_count(operation, &count), "verifying");
    std::string faults;
    for (std::size_t i = 0; i < count; ++i) {
      rnp_op_verify_signature_t signature = nullptr;
      check(rnp_.op_verify_get_signature_at(operation, i, &signature), "verifying");
      const auto fault = fault_of(signature);
      if (fault.empty()) return;
      faults += fmt::format("{}key {}: {}", i == 0 ? "" : "; ", escaped(key_id(signature)), fault);
    }
    throw Error(ErrorKind::unverified,
                fmt::format("{} has no good signature: {}", what, count == 0 ? "none can be read" : faults));
  }

  std::string key_id(rnp_op_verify_signature_t signature) {
    rnp_signature_handle_t handle = nullptr;
    if (rnp_.op_verify_signature_get_handle(signature, &handle) != RNP_SUCCESS) return "unknown";
    const Owned<rnp_signature_handle_t> owned(handle, rnp_.signature_handle_destroy);
    const auto id = text_of(rnp_.signature_get_keyid, handle);
    return id.empty() ? "unknown" : id;
  }

  // What is wrong with a signature; nothing when it is good.
  std::string fault_of(rnp_op_verify_signature_t signature) {
    const auto status = rnp_.op_verify_signature_get_status(signature);
    if (status == RNP_ERROR_KEY_NOT_FOUND) return "it is not among the trusted keys";
    const auto hash = text_of(rnp_.op_verify_signature_get_hash, signature);
    if (std::ranges::find(strong_hashes, hash) == strong_hashes.end())
      return fmt::format("the signature is over {}, which is too weak", escaped(hash));
    rnp_key_handle_t handle = nullptr;
    if (rnp_.op_verify_signature_get_key(signature, &handle) != RNP_SUCCESS)
      return "its signature cannot be read";
    const Owned<rnp_key_handle_t> key(handle, rnp_.key_handle_destroy);
    if (auto fault = fault_of(key.get()); !fault.empty()) return fault;
    std::uint32_t created = 0;
    std::uint32_t lifetime = 0;
    check(rnp_.op_verify_signature_get_times(signature, &created, &lifetime), "verifying");
    if (created > trust_.now.time_since_epoch().count())
      return "the signature is from the future; is this machine's clock right?";
    if (status == RNP_ERROR_SIGNATURE_EXPIRED) return "the signature has expired";
    return status == RNP_SUCCESS ? "" : "the signature does not fit the text";
  }

  std::string fault_of(rnp_key_handle_t key) {
    if (!is_listed(key)) return "it is not one of those that this archive may be signed with";
    bool revoked = false;
    bool valid = false;
    std::uint64_t till = 0;
    std::uint32_t bits = 0;
    check(rnp_.key_is_revoked(key, &revoked), "verifying");
    check(rnp_.key_is_valid(key, &valid), "verifying");
    check(rnp_.key_valid_till64(key, &till), "verifying");
    check(rnp_.key_get_bits(key, &bits), "verifying");
    if (revoked) return "it has been revoked";
    if (!valid && till > 0 && till <= now()) return "it has expired";
    if (!valid) return "it is not valid";
    bool signs = false;
    check(rnp_.key_allows_usage(key, "sign", &signs), "verifying");
    if (!signs) return "it may not sign";
    const auto algorithm = text_of(rnp_.key_get_alg, key);
    if ((algorithm == RNP_ALGNAME_RSA || algorithm == RNP_ALGNAME_DSA) && bits < least_bits)
      return fmt::format("{} of {} bits is too weak", algorithm, bits);
    return {};
  }

  bool is_listed(rnp_key_handle_t key) {
    if (trust_.fingerprints.empty()) return true;
    bool sub = false;
    check(rnp_.key_is_sub(key, &sub), "verifying");
    const auto listed = [&](const std::string& one) {
      return std::ranges::find(trust_.fingerprints, one) != trust_.fingerprints.end();
    };
    return listed(text_of(rnp_.key_get_fprint, key)) ||
           (sub && listed(text_of(rnp_.key_get_primary_fprint, key)));
  }

  std::uint64_t now() const { return static_cast<std::uint64_t>(trust_.now.time_since_epoch().count()); }

  // What librnp took for the signed text, and what we did, may differ in the ends of lines alone: a signature
  // covers neither them nor the blanks before them.
  void require_same(rnp_output_t output, const std::string& text, const std::string& what) {
    std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    check(rnp_.output_memory_get_buf(output, &bytes, &size, false), "verifying");
    const auto without_blanks = [](std::string_view from) {
      std::string rest;
      for (const char c : from)
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') rest += c;
      return rest;
    };
    if (without_blanks({reinterpret_cast<const char*>(bytes), size}) != without_blanks(text))
      throw Error(ErrorKind::unverified, fmt::format("{}: what is signed is not what can be read", what));
  }

  RnpLibrary rnp_;
  const Trust& trust_;
  Owned<rnp_ffi_t> ffi_;
};

}  // namespace

std::string verify_clear_signed(std::string_view message, const Trust& trust, const std::string& what) {
  return Verifier(trust).verify(message, what);
}

}  // namespace whittle::packages
