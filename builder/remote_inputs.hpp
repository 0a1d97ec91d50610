// The files that an action finds: what the packages of its programs consist of, Go, the records of the module
// cache, whittle itself. Nothing else of this machine, and nothing that would differ on another.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "builder/compile.hpp"
#include "builder/dependencies.hpp"
#include "builder/file_states.hpp"
#include "builder/go_toolchain.hpp"
#include "builder/own_program.hpp"
#include "remote/blob_set.hpp"
#include "remote/input_tree.hpp"

namespace whittle::builder {

// One tree that is being filled. Borrows everything; one thread.
class RemoteInputs {
 public:
  RemoteInputs(DependencyRoots roots, FileStates& states) : roots_(std::move(roots)), states_(states) {}

  // `files` as Dependencies::files_of() has them. Error(conflict) when one is not there any more.
  void add_sources(const std::map<std::string, Sha256>& files);
  // What go needs beside the sources of its library: itself, the compiler, the assembler and the linker of
  // this machine's kind, and what it reads of its root.
  void add_toolchain(const GoToolchain& go);
  // What go reads of the module cache's own records: go.mod files of all that the build list may name, and
  // that the modules which are there were verified. `sums` are the go.sum files in force. After
  // add_sources().
  void add_module_records(const std::vector<std::filesystem::path>& sums);
  void add_program(const OwnProgramFiles& program);
  void add_text(std::string_view path, std::string text);

  // Where a path of the project lies in the tree. After add_sources().
  std::filesystem::path in_tree(const std::filesystem::path& path) const;

  remote::BlobId finish(remote::BlobSet& blobs) const;

 private:
  void add_file(const std::string& path, const std::filesystem::path& file, bool executable);
  void add_known(const std::string& path, const std::filesystem::path& file, const Sha256& content,
                 bool executable);
  void add_if_there(const std::string& path, const std::filesystem::path& file, bool executable = false);

  const DependencyRoots roots_;
  FileStates& states_;
  std::filesystem::path top_ = {};  // of all files of the project, and of those that it names beside itself
  std::set<std::string> modules_ = {};  // "example.com/a@v1.2.3", as the cache writes it
  remote::InputTree tree_ = {};
  remote::BlobSet blobs_ = {};
};

}  // namespace whittle::builder
