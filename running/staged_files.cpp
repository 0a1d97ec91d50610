#include "running/staged_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::running {

StagedFiles::StagedFiles(const std::filesystem::path& folder, const Ownership& ownership)
    : name_(folder),
      folder_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)),
      ownership_(ownership),
      buffer_(stream_buffer_size) {
  if (!folder_)
    throw_errno(errno, fmt::format("opening the folder {}", escaped(folder.native(), false, 4096)));
}

Digest StagedFiles::take(std::size_t layer, const layers::TarEntry& entry, layers::TarReader& tar) {
  const auto name = Digest::of(fmt::format("{}:{}", layer, entry.number));
  const std::string hex(name.hex());
  const Fd file(
      ::openat(folder_.get(), hex.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) throw_errno(errno, fmt::format("creating a file for {}", shown(entry.path)));
  write_content(file, entry, tar);
  set_attributes(file, entry, ownership_, skipped_);
  return name;
}

void StagedFiles::write_content(const Fd& file, const layers::TarEntry& entry, layers::TarReader& tar) {
  const auto what = name_ / escaped(entry.path);
  std::uint64_t position = 0;
  while (const auto count = tar.read(buffer_)) {
    const auto piece = Bytes(buffer_).first(count);
    // Holes stay holes: a sparse file may be far larger than what the layer has of it.
    const bool hole = entry.sparse && std::all_of(piece.begin(), piece.end(),
                                                  [](std::byte byte) { return byte == std::byte{}; });
    if (!hole) write_at(file, piece, position, what);
    position += count;
  }
  if (entry.sparse && ::ftruncate(file.get(), static_cast<off_t>(position)) != 0)
    throw_errno(errno, fmt::format("setting the size of {}", shown(entry.path)));
  bytes_ += position;
}

void StagedFiles::link(const Digest& file, const Fd& folder, const std::string& name) const {
  const std::string hex(file.hex());
  if (::linkat(folder_.get(), hex.c_str(), folder.get(), name.c_str(), 0) != 0)
    throw_errno(errno, fmt::format("giving a file the name {}", shown(name)));
}

std::string StagedFiles::content(const Digest& file, std::size_t limit) const {
  const std::string hex(file.hex());
  auto fd =
      std::make_shared<const Fd>(::openat(folder_.get(), hex.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!*fd) throw_errno(errno, "reading a file of the image");
  FileSource source(std::move(fd), name_ / hex);
  return read_all(source, limit, "a file of the image");
}

}  // namespace whittle::running
