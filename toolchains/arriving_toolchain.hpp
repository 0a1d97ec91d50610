// Unpacks a toolchain while its zip is still being fetched. What it does not like it leaves to
// unpack_toolchain, which reads the complete zip and says what is wrong with it: here nothing is refused,
// only not done ahead.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "toolchains/module_hash.hpp"
#include "toolchains/module_zip.hpp"
#include "toolchains/toolchain_folder.hpp"
#include "toolchains/zip_stream.hpp"

namespace whittle::toolchains {

// One thread. The folder is empty, and nothing in it may be used before hash() has been compared.
class ArrivingToolchain {
 public:
  ArrivingToolchain(const std::filesystem::path& root, std::string_view module, std::string_view version);

  // The next bytes of the zip.
  void write(Bytes bytes);

  // The `h1:` hash of what lies in the folder, if that is all that the zip has by its directory, in its
  // order; nothing when it is not, or the work was given up.
  std::optional<std::string> hash(const ModuleZip& zip) const;

 private:
  void take(const ArrivedFile& file);

  ToolchainFolder root_;
  std::string prefix_;
  ZipStream stream_;
  bool gave_up_ = false;
  std::string folder_name_;
  Fd folder_;  // where the last file went
  std::vector<ModuleZip::File> files_;
  std::vector<HashedFile> hashed_;
};

}  // namespace whittle::toolchains
