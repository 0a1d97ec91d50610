// A file of a layer kept in a file without a name, so that it can be read by position. One at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "binaries/random_access.hpp"
#include "common/digest.hpp"
#include "common/file.hpp"

namespace whittle::evidence {

class SpooledFile final : public binaries::RandomAccess {
 public:
  // `scratch` is an existing folder. Nothing of the file stays there.
  explicit SpooledFile(const std::filesystem::path& scratch)
      : scratch_(scratch), fd_(nameless_file(scratch)) {}

  // Takes the place of what was kept before: `beginning`, and what `in` gives behind it. Error(limit) beyond
  // `limit` bytes.
  void fill(Bytes beginning, ByteSource& in, std::uint64_t limit);
  const Digest& digest() const { return digest_; }  // of what is kept

  std::uint64_t size() const override { return size_; }
  std::size_t read_at(std::uint64_t offset, MutableBytes buffer) const override;

 private:
  std::filesystem::path scratch_;
  Fd fd_;
  std::uint64_t size_ = 0;
  Digest digest_ = Digest::of(std::string_view());
};

}  // namespace whittle::evidence
