// A small Go module that tests build in variants with the Go of this machine, without a network.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/file.hpp"

namespace whittle::test {

class GoProgram {
 public:
  // Whether there is a Go here. Without one, such tests have to say that they were skipped.
  static bool available();

  // A program of module example.com/my.shop with a package gen (generics, methods, closures) and one in a
  // folder with a dot in its name, and a dependency example.com/text v1.0.0 in a folder beside it.
  GoProgram();

  std::filesystem::path folder() const { return folder_.path() / "shop"; }
  std::filesystem::path dependency() const { return folder_.path() / "text"; }
  // Writes a file of the module.
  void write(const std::filesystem::path& name, std::string_view text) const;
  // Replaces what stands exactly once in a file of the module.
  void replace(const std::filesystem::path& name, std::string_view from, std::string_view to) const;
  // Runs git or go in the module; throws std::runtime_error with what it said when that fails.
  void run(const std::vector<std::string>& command, const std::vector<std::string>& environment = {}) const;

  // The bytes of the program built with -trimpath, stripped and without build ID.
  std::string build(const std::vector<std::string>& more_flags = {},
                    const std::vector<std::string>& environment = {}) const;
  // Built with these flags alone.
  std::string build_plain(const std::vector<std::string>& flags,
                          const std::vector<std::string>& environment = {}) const;

 private:
  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
};

}  // namespace whittle::test
