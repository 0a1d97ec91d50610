// Where an archive is written to: a file that appears complete or not at all, or a pipe.
#pragma once

#include <filesystem>
#include <stop_token>

#include "registry/tar_image.hpp"

namespace whittle::registry {

class ArchiveOutput {
 public:
  struct Where {
    std::filesystem::path file;     // "-" is standard output
    int standard_output = -1;       // borrowed
    std::filesystem::path scratch;  // for what is kept until it can be written to standard output
    std::stop_token stop = {};
  };
  // Error(usage) when the file is a folder, a link or a device (hostile.md, 200), or its folder is absent.
  explicit ArchiveOutput(Where where);

  // Where temporary files may lie: beside the file (hostile.md, 231).
  const std::filesystem::path& folder() const { return folder_; }
  // Replaces what was there. Error(io) when not all of it could be written: whoever reads a pipe may be gone.
  void write(const TarImage& image) const;

 private:
  void write_to(const TarImage& image, ByteSink& sink) const;
  Where where_;
  std::filesystem::path folder_;
};

}  // namespace whittle::registry
