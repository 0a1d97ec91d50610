// The contents of an image's files, written while their layers pass by, before it is known which of them
// stay.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/digest.hpp"
#include "common/file.hpp"
#include "layers/tar_reader.hpp"
#include "running/ownership.hpp"

namespace whittle::running {

// One thread. The folder must exist, be private, and be on the file system that the root will be on; whoever
// made it removes it.
class StagedFiles {
 public:
  StagedFiles(const std::filesystem::path& folder, const Ownership& ownership);

  // Writes the content of a file and what it is beside its content. Returns a digest that names this one
  // file, not its content. Error(io).
  Digest take(std::size_t layer, const layers::TarEntry& entry, layers::TarReader& tar);
  // Gives a file that was taken a name in a folder; it may have several, which are hard links.
  void link(const Digest& file, const Fd& folder, const std::string& name) const;

  // The content of a file that was taken. Error(limit) beyond `limit` bytes.
  std::string content(const Digest& file, std::size_t limit) const;

  std::uint64_t bytes() const { return bytes_; }
  // What could not be set on files, because of the rights of whoever runs this or of the file system.
  const SkippedAttributes& skipped() const { return skipped_; }

 private:
  void write_content(const Fd& file, const layers::TarEntry& entry, layers::TarReader& tar);

  std::filesystem::path name_;
  Fd folder_;
  Ownership ownership_;
  SkippedAttributes skipped_;
  std::vector<std::byte> buffer_;
  std::uint64_t bytes_ = 0;
};

}  // namespace whittle::running
