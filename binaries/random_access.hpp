// Bytes that can be read at any offset: an open file or memory. Readers of binaries never load the whole.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/bytes.hpp"
#include "common/file.hpp"

namespace whittle::binaries {

// Thread-safe: reads do not move anything.
class RandomAccess {
 public:
  virtual ~RandomAccess() = default;
  virtual std::uint64_t size() const = 0;
  // Fills the buffer from `offset` as far as there are bytes and returns how many.
  virtual std::size_t read_at(std::uint64_t offset, MutableBytes buffer) const = 0;

  // Exactly `count` bytes, or fewer at the end.
  std::string read(std::uint64_t offset, std::size_t count) const;
};

class FileAccess final : public RandomAccess {
 public:
  // Error(not_found) or Error(io).
  explicit FileAccess(const std::filesystem::path& path);
  std::uint64_t size() const override { return size_; }
  std::size_t read_at(std::uint64_t offset, MutableBytes buffer) const override;

 private:
  std::filesystem::path path_;
  Fd fd_;
  std::uint64_t size_ = 0;
};

class MemoryAccess final : public RandomAccess {
 public:
  explicit MemoryAccess(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::size_t read_at(std::uint64_t offset, MutableBytes buffer) const override;

 private:
  std::string bytes_;
};

}  // namespace whittle::binaries
