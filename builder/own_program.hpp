// whittle itself, as it can be carried to a machine that has nothing: the program, the libraries that it is
// linked with, and the loader.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace whittle::builder {

struct OwnProgramFiles {
  struct File {
    std::string path;            // in a tree: "whittle/lib/libc.so.6"
    std::filesystem::path file;  // here
  };
  std::vector<File> files = {};
  // What starts it from the root of that tree, without its arguments.
  std::vector<std::string> command = {};
};

// Of the program that runs: the libraries that its loader chose, without those that were loaded afterwards.
// Error(unsupported) when one of them is not to be found.
OwnProgramFiles own_program_files(const std::filesystem::path& program);

}  // namespace whittle::builder
