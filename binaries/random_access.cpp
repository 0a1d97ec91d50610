#include "binaries/random_access.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/error.hpp"

namespace whittle::binaries {

std::string RandomAccess::read(std::uint64_t offset, std::size_t count) const {
  if (offset >= size()) return {};
  std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(count, size() - offset)), '\0');
  bytes.resize(read_at(offset, std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

FileAccess::FileAccess(const std::filesystem::path& path) : path_(path), fd_(open_file(path)) {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) throw_errno(errno, fmt::format("examining {}", path.native()));
  size_ = static_cast<std::uint64_t>(status.st_size);
}

std::size_t FileAccess::read_at(std::uint64_t offset, MutableBytes buffer) const {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const auto count = ::pread(fd_.get(), buffer.data() + filled, buffer.size() - filled,
                               static_cast<off_t>(offset + filled));
    if (count == 0) break;
    if (count < 0) {
      if (errno == EINTR) continue;
      throw_errno(errno, fmt::format("reading {}", path_.native()));
    }
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

std::size_t MemoryAccess::read_at(std::uint64_t offset, MutableBytes buffer) const {
  if (offset >= bytes_.size()) return 0;
  const std::size_t count = std::min(buffer.size(), bytes_.size() - static_cast<std::size_t>(offset));
  std::memcpy(buffer.data(), bytes_.data() + offset, count);
  return count;
}

}  // namespace whittle::binaries
