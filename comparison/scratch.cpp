#include "comparison/scratch.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/error.hpp"

namespace whittle::comparison {

void Scratch::append(Bytes bytes) {
  if (size_ < in_memory_) {
    const auto count = std::min<std::size_t>(bytes.size(), in_memory_ - static_cast<std::size_t>(size_));
    if (head_.empty()) head_.resize(in_memory_);
    std::copy_n(bytes.begin(), count, head_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += count;
    bytes = bytes.subspan(count);
  }
  if (bytes.empty()) return;
  append_to_file(bytes, size_ - in_memory_);
  size_ += bytes.size();
}

void Scratch::append_to_file(Bytes bytes, std::uint64_t offset) {
  if (!fd_) {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) throw_errno(error.value(), fmt::format("making {}", folder_.string()));
    fd_ = nameless_file(folder_);
  }
  write_at(fd_, bytes, offset, folder_);
}

std::size_t Scratch::read_at(std::uint64_t offset, MutableBytes buffer) const {
  if (offset >= size_) return 0;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size_ - offset));
  std::size_t filled = 0;
  if (offset < in_memory_) {
    filled = std::min(wanted, in_memory_ - static_cast<std::size_t>(offset));
    std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(offset), filled, buffer.begin());
  }
  while (filled < wanted) {
    const auto count = ::pread(fd_.get(), buffer.data() + filled, wanted - filled,
                               static_cast<off_t>(offset + filled - in_memory_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(errno, fmt::format("reading a temporary file in {}", folder_.string()));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

Kept keep(Scratch& scratch, ByteSource& source, std::uint64_t limit, const std::string& what) {
  Kept kept{&scratch, scratch.size(), 0};
  std::vector<std::byte> buffer(stream_buffer_size);
  while (const auto count = source.read(buffer)) {
    kept.size += count;
    if (kept.size > limit)
      throw Error(ErrorKind::limit, fmt::format("{} holds more than {} bytes", what, limit));
    scratch.append(Bytes(buffer).first(count));
  }
  return kept;
}

KeptAccess::KeptAccess(std::vector<Kept> parts) : parts_(std::move(parts)) {
  for (const auto& part : parts_) size_ += part.size;
}

std::size_t KeptAccess::read_at(std::uint64_t offset, MutableBytes buffer) const {
  std::size_t filled = 0;
  for (const auto& part : parts_) {
    if (offset >= part.size) {
      offset -= part.size;
      continue;
    }
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size() - filled, part.size - offset));
    if (wanted == 0) break;
    const auto count = part.in->read_at(part.offset + offset, buffer.subspan(filled, wanted));
    filled += count;
    if (count < wanted) break;
    offset = 0;
  }
  return filled;
}

SliceAccess::SliceAccess(const binaries::RandomAccess& of, std::uint64_t offset, std::uint64_t size)
    : of_(of), offset_(std::min(offset, of.size())), size_(std::min(size, of.size() - offset_)) {}

std::size_t SliceAccess::read_at(std::uint64_t offset, MutableBytes buffer) const {
  if (offset >= size_) return 0;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size_ - offset));
  return of_.read_at(offset_ + offset, buffer.first(wanted));
}

std::size_t AccessSource::read(MutableBytes buffer) {
  const auto count = of_.read_at(position_, buffer);
  position_ += count;
  return count;
}

bool AccessSource::jump(std::uint64_t bytes) {
  if (bytes > of_.size() - std::min(position_, of_.size())) return false;
  position_ += bytes;
  return true;
}

}  // namespace whittle::comparison
