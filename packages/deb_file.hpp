// A Debian package file (deb(5)): its control files and what it would put on a disk. Nothing of it is
// executed, and nothing is created but one file without a name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/file.hpp"
#include "layers/file_tree.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::packages {

// Limits on what a package may become; the largest of Debian's own take a tenth of each.
struct DebLimits {
  std::uint64_t control = 32ULL << 20U;  // bytes of its control files, which are kept in memory
  std::uint64_t data = 4ULL << 30U;      // bytes of its tar
  std::uint64_t entries = 1'000'000;
  std::uint64_t names = 256ULL << 20U;  // bytes of all paths and targets
  std::uint64_t path = 4096;            // bytes of a path or target
  std::uint64_t depth = 256;            // components of a path
};

struct DebEntry {
  std::string path;        // relative and normal, as FileTree wants it
  layers::FileEntry file;  // a hard link's target is the path of an entry before it, not the first in order
};

// Immutable and thread-safe. Keeps its contents in a file without a name; entries that were opened keep it
// too.
class DebFile {
 public:
  struct Where {
    std::filesystem::path scratch;  // an existing folder for the file without a name
    std::stop_token stop = {};
  };
  // Reads all of an open .deb, whose digest others verify. `name` is for messages. Every Error (integrity,
  // limit, unsupported) names the package and its member or entry.
  DebFile(const std::shared_ptr<const Fd>& deb, std::string name, const Where& where,
          const DebLimits& limits = {});

  const std::string& name() const { return name_; }
  // The files that dpkg keeps for itself, by name: "control", "md5sums", "conffiles", "postinst", "triggers"
  // …
  const std::map<std::string, std::string, std::less<>>& control_files() const { return control_files_; }
  // The text of one of them, "" when there is none.
  std::string_view control_file(std::string_view name) const;
  // Each path once; as they stand in the package.
  const std::vector<DebEntry>& entries() const { return entries_; }

 private:
  class Loader;
  std::string name_;
  std::map<std::string, std::string, std::less<>> control_files_;
  std::vector<DebEntry> entries_;
};

}  // namespace whittle::packages
