// Which contents are equal, for less than a digest costs: a tag of each by a key that is drawn anew.
#pragma once

#include <array>
#include <memory>

#include "common/bytes.hpp"
#include "common/digest.hpp"

namespace whittle {

// Tags by one key can be compared with each other, and mean nothing elsewhere: no tag may leave the
// process, or who makes the contents could learn how to make two of them look equal. A value.
class ContentKey {
 public:
  static constexpr std::size_t size = 16;
  // Error(machine_limit) when the machine has no random numbers to give.
  static ContentKey random();

 private:
  friend class ContentTagger;
  std::array<unsigned char, size> bytes_{};
};

// Computes a tag over a stream with GMAC (NIST SP 800-38D), many times as fast as SHA-256. Two
// contents of n bytes that somebody chose without the key have the same tag once in 2^128 / n. One thread.
class ContentTagger final : public ByteSink {
 public:
  explicit ContentTagger(const ContentKey& key);
  ~ContentTagger() override;
  ContentTagger(ContentTagger&&) noexcept;
  ContentTagger& operator=(ContentTagger&&) noexcept;

  // Begins with the next content.
  void begin();
  void write(Bytes bytes) override;
  // Of what was written since begin(): a digest of the tag, not of the content.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace whittle
