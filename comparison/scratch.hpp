// Bytes that wait while images are compared: in a file without a name, so that memory does not grow with
// them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "binaries/random_access.hpp"
#include "common/bytes.hpp"
#include "common/file.hpp"

namespace whittle::comparison {

// Grows at its end. The file is made in `folder` (which is made as well) when the first byte comes that has
// no room in memory, and goes with the object. One thread writes; reading what was written is thread-safe.
class Scratch {
 public:
  // Keeps the first `in_memory` bytes there.
  explicit Scratch(std::filesystem::path folder, std::size_t in_memory = 0)
      : folder_(std::move(folder)), in_memory_(in_memory) {}

  std::uint64_t size() const { return size_; }
  const std::filesystem::path& folder() const { return folder_; }
  // Error(io), for a full disk as well.
  void append(Bytes bytes);
  // Forgets what lies behind the first `size` bytes. Their room on the disk is used again.
  void cut(std::uint64_t size) { size_ = size; }
  std::size_t read_at(std::uint64_t offset, MutableBytes buffer) const;

 private:
  void append_to_file(Bytes bytes, std::uint64_t offset);

  std::filesystem::path folder_;
  std::size_t in_memory_;
  std::vector<std::byte> head_ = {};  // all that is kept in memory, once there is any
  Fd fd_;                             // what follows
  std::uint64_t size_ = 0;
};

// Part of a scratch.
struct Kept {
  const Scratch* in = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

// Appends all of a source. Error(limit) naming `what` when there is more than that.
Kept keep(Scratch& scratch, ByteSource& source, std::uint64_t limit, const std::string& what);

// Kept parts as one content. Borrows the scratches.
class KeptAccess final : public binaries::RandomAccess {
 public:
  explicit KeptAccess(std::vector<Kept> parts);
  std::uint64_t size() const override { return size_; }
  std::size_t read_at(std::uint64_t offset, MutableBytes buffer) const override;

 private:
  std::vector<Kept> parts_;
  std::uint64_t size_ = 0;
};

// A part of another content, which is borrowed.
class SliceAccess final : public binaries::RandomAccess {
 public:
  SliceAccess(const binaries::RandomAccess& of, std::uint64_t offset, std::uint64_t size);
  std::uint64_t size() const override { return size_; }
  std::size_t read_at(std::uint64_t offset, MutableBytes buffer) const override;

 private:
  const binaries::RandomAccess& of_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

// A content from its start to its end. Borrows it.
class AccessSource final : public ByteSource {
 public:
  explicit AccessSource(const binaries::RandomAccess& of) : of_(of) {}
  std::size_t read(MutableBytes buffer) override;
  // Goes on behind that many bytes; false when fewer are left.
  bool jump(std::uint64_t bytes);

 private:
  const binaries::RandomAccess& of_;
  std::uint64_t position_ = 0;
};

}  // namespace whittle::comparison
