// Content digests as OCI writes them (image-spec, descriptor.md, "Digests"): `algorithm:hex`.
#pragma once

#include <compare>
#include <memory>
#include <string>
#include <string_view>

#include "common/bytes.hpp"

namespace whittle {

// A validated digest. Only sha256 and sha512 exist here; lower-case hex of the algorithm's length. A value.
class Digest {
 public:
  enum class Algorithm { sha256, sha512 };

  // Throws Error(integrity) for anything but a well-formed digest and Error(unsupported) for a well-formed
  // one of an algorithm that cannot be verified here.
  static Digest parse(std::string_view text);
  static Digest of(Bytes bytes);
  static Digest of(std::string_view text) { return of(as_bytes(text)); }

  Algorithm algorithm() const;
  std::string_view algorithm_name() const;  // "sha256"
  std::string_view hex() const;             // lower-case, without the algorithm
  std::string_view short_hex() const { return hex().substr(0, 12); }
  const std::string& text() const { return text_; }  // "sha256:…"

  auto operator<=>(const Digest&) const = default;

 private:
  friend class Hasher;
  explicit Digest(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// Computes a digest over a stream. One thread per instance; movable.
class Hasher final : public ByteSink {
 public:
  explicit Hasher(Digest::Algorithm algorithm = Digest::Algorithm::sha256);
  ~Hasher() override;
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void write(Bytes bytes) override;
  void write(std::string_view text) { write(as_bytes(text)); }
  // The digest of all bytes written; the hasher may not be used afterwards.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Passes bytes on while it checks them: a read that goes past `size`, an end before it, or a digest that does
// not match throws Error(integrity) that names `what`. The end (a read of 0) is reported only after the
// checks passed, and one byte past the end is always asked for. Owns `inner`.
class VerifiedSource final : public ByteSource {
 public:
  VerifiedSource(std::unique_ptr<ByteSource> inner, Digest digest, std::uint64_t size, std::string what);
  std::size_t read(MutableBytes buffer) override;

 private:
  std::unique_ptr<ByteSource> inner_;
  Digest expected_;
  std::uint64_t remaining_;
  std::uint64_t size_;
  std::string what_;
  Hasher hasher_;
  bool done_ = false;
};

// Passes bytes on and learns their digest and size. Borrows `out`, which must outlive it.
class DigestingSink final : public ByteSink {
 public:
  explicit DigestingSink(ByteSink& out) : out_(out) {}
  void write(Bytes bytes) override;
  std::uint64_t size() const { return size_; }
  Digest finish() { return hasher_.finish(); }

 private:
  ByteSink& out_;
  Hasher hasher_;
  std::uint64_t size_ = 0;
};

// A hash over parts that cannot run together: each is preceded by its length. For cache keys.
class KeyHasher {
 public:
  KeyHasher& add(std::string_view part);
  KeyHasher& add(std::uint64_t number);
  Digest finish() { return hasher_.finish(); }

 private:
  Hasher hasher_;
};

}  // namespace whittle

template <>
struct std::hash<whittle::Digest> {
  std::size_t operator()(const whittle::Digest& digest) const noexcept {
    return std::hash<std::string>{}(digest.text());
  }
};
