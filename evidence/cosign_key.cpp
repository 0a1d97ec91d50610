#include "evidence/cosign_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/json.hpp"
#include "evidence/base64_text.hpp"
#include "evidence/secret_box.hpp"

namespace whittle::evidence {
namespace {

// Old keys, new ones, and what OWASP recommends: all that cosign's library takes, from 32 to 128 MiB.
constexpr std::array<ScryptCost, 3> usual_costs = {{{32768, 8, 1}, {65536, 8, 1}, {131072, 8, 1}}};
constexpr JsonLimits key_limits{16U << 10U, 8};

class CosignKeyReader {
 public:
  explicit CosignKeyReader(std::string_view what) : what_(what) {}

  const Json& object(const Json& in, const char* name) const {
    const auto found = in.find(name);
    if (found == in.end() || !found->is_object()) ill_formed(name);
    return *found;
  }
  std::string text(const Json& in, const char* name) const {
    const auto found = in.find(name);
    if (found == in.end() || !found->is_string()) ill_formed(name);
    return found->get<std::string>();
  }
  std::string bytes(const Json& in, const char* name) const {
    auto bytes = decode_base64_text(text(in, name));
    if (!bytes || bytes->empty()) ill_formed(name);
    return std::move(*bytes);
  }
  std::uint64_t number(const Json& in, const char* name) const {
    const auto found = in.find(name);
    if (found == in.end() || !found->is_number_unsigned()) ill_formed(name);
    return found->get<std::uint64_t>();
  }
  void expect(const std::string& is, std::string_view wanted) const {
    if (is != wanted)
      throw Error(ErrorKind::unsupported,
                  fmt::format("{} is encrypted in another way than by scrypt and nacl/secretbox", what_));
  }

 private:
  [[noreturn]] void ill_formed(const char* name) const {
    throw Error(ErrorKind::auth,
                fmt::format("{} is an ill-formed encrypted key: `{}` is missing or wrong", what_, name));
  }
  std::string_view what_;
};

// What the parser says of a text that is no JSON would quote some of it.
Json parse(std::string_view json, std::string_view what) {
  try {
    auto document = parse_json(json, what, ErrorKind::auth, key_limits);
    if (document.is_object()) return document;
  } catch (const Error&) {
  }
  throw Error(ErrorKind::auth,
              fmt::format("{} is an ill-formed encrypted key: there is no JSON object in it", what));
}

}  // namespace

SecretText open_cosign_key(std::string_view json, const AskPassword& ask, std::string_view what) {
  const auto document = parse(json, what);
  const CosignKeyReader reader(what);
  const auto& kdf = reader.object(document, "kdf");
  const auto& cipher = reader.object(document, "cipher");
  reader.expect(reader.text(kdf, "name"), "scrypt");
  reader.expect(reader.text(cipher, "name"), "nacl/secretbox");
  const auto& params = reader.object(kdf, "params");
  const ScryptCost cost{reader.number(params, "N"), reader.number(params, "r"), reader.number(params, "p")};
  if (std::find(usual_costs.begin(), usual_costs.end(), cost) == usual_costs.end())
    throw Error(ErrorKind::unsupported,
                fmt::format("{} wants scrypt with N={}, r={}, p={}, which cosign never writes", what, cost.n,
                            cost.r, cost.p));
  const auto salt = reader.bytes(kdf, "salt");
  const auto nonce = reader.bytes(cipher, "nonce");
  const auto box = reader.bytes(document, "ciphertext");
  if (nonce.size() != box_nonce_size)
    throw Error(ErrorKind::auth,
                fmt::format("{} is an ill-formed encrypted key: its nonce has {} bytes", what, nonce.size()));
  auto key = open_secret_box(box, nonce, scrypt_key(ask(), salt, cost));
  if (!key)
    throw Error(ErrorKind::auth, fmt::format("the password of {} is wrong, or the key is damaged", what));
  return std::move(*key);
}

}  // namespace whittle::evidence
