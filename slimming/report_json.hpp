// The documented form of `slim --json` (docs/formats.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/file.hpp"
#include "slimming/slim.hpp"

namespace whittle::slimming {

// What a report says of files, until it is written: in a file without a name, for there may be millions. One
// thread.
class FileLists {
 public:
  // `scratch` is an existing folder.
  explicit FileLists(const std::filesystem::path& scratch)
      : scratch_(scratch), fd_(std::make_shared<const Fd>(nameless_file(scratch))) {}

  // As SlimOptions::on_file is called: one platform after the other.
  void add(std::size_t platform, const FileReport& file);
  // The elements of a JSON array, with their commas.
  void write(std::size_t platform, ByteSink& out);

 private:
  void flush();

  std::filesystem::path scratch_;
  std::shared_ptr<const Fd> fd_;
  std::vector<std::uint64_t> ends_ = {};  // of what each platform has, in the file and in what waits
  std::string waiting_ = {};
  std::uint64_t written_ = 0;  // bytes
};

// Canonical. `files` were told what slim() told of files.
void write_report(const SlimmedResult& result, const std::string& place,
                  const std::vector<std::string>& results, FileLists& files, ByteSink& out);

}  // namespace whittle::slimming
