// Writes bytes into an open file from a position on: several sinks may fill parts of one file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>

#include "common/bytes.hpp"
#include "common/file.hpp"

namespace whittle {

// Borrows the descriptor. `name` is for messages.
class FileSink final : public ByteSink {
 public:
  FileSink(const Fd& fd, std::filesystem::path name, std::uint64_t position = 0)
      : fd_(fd), name_(std::move(name)), position_(position) {}
  void write(Bytes bytes) override {
    write_at(fd_, bytes, position_, name_);
    position_ += bytes.size();
  }

 private:
  const Fd& fd_;
  std::filesystem::path name_;
  std::uint64_t position_;
};

}  // namespace whittle
