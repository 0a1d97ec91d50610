// Texts that a log signs, and the keys that verify them (golang.org/x/mod/sumdb/note).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace whittle::toolchains {

// The public Ed25519 key of a log. A value.
class VerifierKey {
 public:
  // Reads NAME+HASH+KEY; nothing when it is not of that form, when the hash is not that of name and key, or
  // for another algorithm.
  static std::optional<VerifierKey> parse(std::string_view text);

  const std::string& name() const { return name_; }
  std::uint32_t hash() const { return hash_; }
  // Whether the signature (64 bytes) of a text is by this key.
  bool verifies(std::string_view text, std::string_view signature) const;

 private:
  std::string name_;
  std::uint32_t hash_ = 0;
  std::array<std::byte, 32> key_{};
};

// The text of a signed note, its last newline included, once a signature by `key` was verified; signatures by
// other keys do not count. Error(unverified) for an ill-formed note, one without a signature by the key, or
// with a wrong one.
std::string open_note(std::string_view note, const VerifierKey& key);

// Base64 with its padding and nothing else, so that one text stands for one value.
std::optional<std::string> strict_base64(std::string_view text);

}  // namespace whittle::toolchains
