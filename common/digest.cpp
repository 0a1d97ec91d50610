#include "common/digest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

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

const EVP_MD* implementation_of(Digest::Algorithm algorithm) {
  return algorithm == Digest::Algorithm::sha256 ? EVP_sha256() : EVP_sha512();
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

struct Hasher::State {
  struct Free {
    void operator()(EVP_MD_CTX* handle) const { EVP_MD_CTX_free(handle); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
  Digest::Algorithm algorithm = Digest::Algorithm::sha256;

  static void check(int result) {
    if (result != 1) throw Error(ErrorKind::internal, "computing a digest failed in libcrypto");
  }
};

Hasher::Hasher(Digest::Algorithm algorithm) : state_(std::make_unique<State>()) {
  state_->algorithm = algorithm;
  State::check(EVP_DigestInit_ex(state_->context.get(), implementation_of(algorithm), nullptr));
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::write(Bytes bytes) {
  State::check(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

Digest Hasher::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
  unsigned int length = 0;
  State::check(EVP_DigestFinal_ex(state_->context.get(), value.data(), &length));
  std::string text(state_->algorithm == Digest::Algorithm::sha256 ? "sha256:" : "sha512:");
  text.reserve(text.size() + 2 * length);
  static constexpr std::string_view digits = "0123456789abcdef";
  for (unsigned int i = 0; i < length; ++i) {
    text.push_back(digits[value[i] >> 4]);
    text.push_back(digits[value[i] & 15]);
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
