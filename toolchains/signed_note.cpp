#include "toolchains/signed_note.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "common/base64.hpp"
#include "common/error.hpp"
#include "common/sha256.hpp"
#include "common/text.hpp"

namespace whittle::toolchains {
namespace {

constexpr std::size_t largest_note = 1'000'000;
constexpr std::size_t longest_name = 256;
constexpr int most_signatures = 100;
constexpr char ed25519 = 1;                                   // as the first byte of a key
constexpr std::string_view signature_mark = "\xe2\x80\x94 ";  // a dash (U+2014) and a blank

using PublicKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Verification = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(0, 4)) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_name && is_utf8(name) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c != '+' && c != '\x7f' && static_cast<unsigned char>(c) > 0x20; });
}

std::optional<std::uint32_t> parse_hash(std::string_view text) {
  if (text.size() != 8) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text) {
    const auto digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value << 4U | static_cast<std::uint32_t>(digit);
  }
  return value;
}

[[noreturn]] void refuse_note(std::string_view why) {
  throw Error(ErrorKind::unverified, fmt::format("the signed note {}", why));
}

// Valid UTF-8 without control characters but newlines, so that what is signed is what is seen.
bool is_note_text(std::string_view note) {
  return note.size() <= largest_note && is_utf8(note) && std::none_of(note.begin(), note.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 && c != '\n';
         });
}

struct Signature {
  std::string_view name;
  std::uint32_t hash;
  std::string bytes;
};

Signature parse_signature(std::string_view line) {
  if (!line.starts_with(signature_mark)) refuse_note("is ill-formed");
  line.remove_prefix(signature_mark.size());
  const auto blank = line.find(' ');
  const auto name = line.substr(0, blank);
  const auto bytes = blank == std::string_view::npos ? std::nullopt : strict_base64(line.substr(blank + 1));
  if (!is_name(name) || !bytes || bytes->size() < 5) refuse_note("is ill-formed");
  return {name, big_endian(*bytes), bytes->substr(4)};
}

}  // namespace

std::optional<std::string> strict_base64(std::string_view text) {
  auto bytes = base64_decoded(text);
  if (!bytes || base64_encoded(*bytes) != text) return std::nullopt;
  return bytes;
}

std::optional<VerifierKey> VerifierKey::parse(std::string_view text) {
  const auto first = text.find('+');
  const auto second = text.find('+', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  VerifierKey key;
  key.name_ = text.substr(0, first);
  const auto hash = parse_hash(text.substr(first + 1, second - first - 1));
  const auto bytes = strict_base64(text.substr(second + 1));
  if (!is_name(key.name_) || !hash || !bytes || bytes->size() != 1 + key.key_.size() ||
      bytes->front() != ed25519)
    return std::nullopt;
  key.hash_ = *hash;
  const auto digest = to_sha256(Digest::of(fmt::format("{}\n{}", key.name_, *bytes)));
  if (big_endian(as_text(digest)) != key.hash_) return std::nullopt;
  std::copy_n(as_bytes(*bytes).begin() + 1, key.key_.size(), key.key_.begin());
  return key;
}

bool VerifierKey::verifies(std::string_view text, std::string_view signature) const {
  const PublicKey key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(as_text(key_)), key_.size()),
                      &EVP_PKEY_free);
  const Verification verification(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return key && verification &&
         EVP_DigestVerifyInit(verification.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(verification.get(), raw(signature), signature.size(), raw(text), text.size()) == 1;
}

std::string open_note(std::string_view note, const VerifierKey& key) {
  const auto split = note.rfind("\n\n");
  if (!is_note_text(note) || split == std::string_view::npos || !note.ends_with('\n'))
    refuse_note("is ill-formed");
  const auto text = note.substr(0, split + 1);
  auto signatures = note.substr(split + 2);
  if (signatures.empty()) refuse_note("is ill-formed");
  bool verified = false;
  for (int count = 0; !signatures.empty(); ++count) {
    if (count == most_signatures) refuse_note("has too many signatures");
    const auto line = signatures.substr(0, signatures.find('\n'));
    signatures.remove_prefix(line.size() + 1);
    const auto signature = parse_signature(line);
    if (signature.name != key.name() || signature.hash != key.hash()) continue;
    if (!key.verifies(text, signature.bytes))
      refuse_note(fmt::format("has a wrong signature of {}", escaped(key.name())));
    verified = true;
  }
  if (!verified)
    refuse_note(fmt::format("is not signed by the key {}+{:08x}", escaped(key.name()), key.hash()));
  return std::string(text);
}

}  // namespace whittle::toolchains
