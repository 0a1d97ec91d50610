#include "common/digest.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <span>
#include <variant>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle {
namespace {

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}
bool is_algorithm_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '_' || c == '-';
}
bool is_encoded_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '=' || c == '_' ||
         c == '-';
}

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("{} is not a digest: {}", shown(text), why));
}

}  // namespace

Digest Digest::parse(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) refuse(text, "it has no `algorithm:` in front");
  const auto algorithm = text.substr(0, colon);
  const auto encoded = text.substr(colon + 1);
  if (algorithm.empty() || encoded.empty()) refuse(text, "algorithm or value is empty");
  const bool known = algorithm == "sha256" || algorithm == "sha512";
  if (!known) {
    if (!std::all_of(algorithm.begin(), algorithm.end(), is_algorithm_character) ||
        !std::all_of(encoded.begin(), encoded.end(), is_encoded_character))
      refuse(text, "it has characters that no digest has");
    throw Error(ErrorKind::unsupported,
                fmt::format("digests of algorithm {} cannot be verified (only sha256 and "
                            "sha512 can): {}",
                            shown(algorithm), shown(text)));
  }
  const std::size_t length = algorithm == "sha256" ? 64 : 128;
  if (encoded.size() != length)
    refuse(text,
           fmt::format("{} takes {} hexadecimal digits, here are {}", algorithm, length, encoded.size()));
  if (!std::all_of(encoded.begin(), encoded.end(), is_lower_hex))
    refuse(text, "only lower-case hexadecimal digits are allowed");
  return Digest(std::string(text));
}

Digest Digest::of(Bytes bytes) {
  Hasher hasher;
  hasher.write(bytes);
  return hasher.finish();
}

Digest::Algorithm Digest::algorithm() const {
  return text_.starts_with("sha256:") ? Algorithm::sha256 : Algorithm::sha512;
}
std::string_view Digest::algorithm_name() const {
  return std::string_view(text_).substr(0, 6);
}
std::string_view Digest::hex() const {
  return std::string_view(text_).substr(7);
}

// By the functions of the algorithms themselves: those of EVP have libcrypto load its configuration and its
// providers first, which takes longer than hashing most documents, and most commands need nothing else of it.
struct Hasher::State {
  std::variant<SHA256_CTX, SHA512_CTX> context;

  explicit State(Digest::Algorithm algorithm) {
    if (algorithm == Digest::Algorithm::sha256)
      check(SHA256_Init(&context.emplace<SHA256_CTX>()));
    else
      check(SHA512_Init(&context.emplace<SHA512_CTX>()));
  }
  static void check(int result) {
    if (result != 1) throw Error(ErrorKind::internal, "computing a digest failed in libcrypto");
  }
};

Hasher::Hasher(Digest::Algorithm algorithm) : state_(std::make_unique<State>(algorithm)) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::write(Bytes bytes) {
  if (auto* const sha256 = std::get_if<SHA256_CTX>(&state_->context))
    State::check(SHA256_Update(sha256, bytes.data(), bytes.size()));
  else
    State::check(SHA512_Update(&std::get<SHA512_CTX>(state_->context), bytes.data(), bytes.size()));
}

Digest Hasher::finish() {
  std::array<unsigned char, SHA512_DIGEST_LENGTH> value{};
  std::size_t length = SHA512_DIGEST_LENGTH;
  std::string text = "sha512:";
  if (auto* const sha256 = std::get_if<SHA256_CTX>(&state_->context)) {
    State::check(SHA256_Final(value.data(), sha256));
    length = SHA256_DIGEST_LENGTH;
    text = "sha256:";
  } else {
    State::check(SHA512_Final(value.data(), &std::get<SHA512_CTX>(state_->context)));
  }
  text.reserve(text.size() + 2 * length);
  static constexpr std::string_view digits = "0123456789abcdef";
  for (const auto byte : std::span(value).first(length)) {
    text.push_back(digits[byte >> 4U]);
    text.push_back(digits[byte & 15U]);
  }
  return Digest(std::move(text));
}

VerifiedSource::VerifiedSource(std::unique_ptr<ByteSource> inner, Digest digest, std::uint64_t size,
                               std::string what)
    : inner_(std::move(inner)),
      expected_(std::move(digest)),
      remaining_(size),
      size_(size),
      what_(std::move(what)),
      hasher_(expected_.algorithm()) {}

std::size_t VerifiedSource::read(MutableBytes buffer) {
  if (done_) return 0;
  const std::size_t count = inner_->read(buffer);
  if (count > remaining_)
    throw Error(ErrorKind::integrity,
                fmt::format("{} is longer than the {} bytes its descriptor states", what_, size_));
  remaining_ -= count;
  if (count > 0) {
    hasher_.write(Bytes(buffer).first(count));
    return count;
  }
  if (remaining_ > 0)
    throw Error(ErrorKind::integrity,
                fmt::format("{} ends after {} of {} bytes", what_, size_ - remaining_, size_));
  const Digest actual = hasher_.finish();
  if (actual != expected_)
    throw Error(ErrorKind::integrity,
                fmt::format("{} has digest {}, expected {}", what_, actual.text(), expected_.text()));
  done_ = true;
  return 0;
}

void DigestingSink::write(Bytes bytes) {
  hasher_.write(bytes);
  size_ += bytes.size();
  out_.write(bytes);
}

KeyHasher& KeyHasher::add(std::uint64_t number) {
  std::array<char, 8> encoded{};
  for (auto& byte : encoded) {
    byte = static_cast<char>(number & 0xff);
    number >>= 8;
  }
  hasher_.write(std::string_view(encoded.data(), encoded.size()));
  return *this;
}

KeyHasher& KeyHasher::add(std::string_view part) {
  add(static_cast<std::uint64_t>(part.size()));
  hasher_.write(part);
  return *this;
}

}  // namespace whittle
