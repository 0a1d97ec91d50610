// Compiles main packages: nothing that did not change, everything that did with as few go commands as possible.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/cache.hpp"
#include "builder/dependencies.hpp"
#include "builder/file_states.hpp"
#include "builder/go_environment.hpp"
#include "builder/go_project.hpp"
#include "builder/go_toolchain.hpp"
#include "builder/host.hpp"
#include "builder/spec.hpp"
#include "common/report.hpp"
#include "layers/platform.hpp"

namespace whittle::builder {

struct CompileRequest {
  GoMain main;
  layers::Platform platform;
  Profile profile = Profile::small;
  std::vector<std::string> tags = {};     // sorted
  std::vector<std::string> ldflags = {};  // values expanded
  std::string image;                      // whose it is, for messages
};

struct Binary {
  Digest digest;
  std::uint64_t size = 0;  // bytes
  std::filesystem::path file;
  bool compiled = false;   // in this run
};

struct CompilerOptions {
  unsigned jobs = 1;
  timespec started{};  // of the kernel's file clock: an input that changes after it is a conflict
};

// Borrows everything; one thread.
class Compiler {
 public:
  Compiler(const Host& host, const GoToolchain& go, Cache& cache, FileStates& states, CompilerOptions options,
           Reporter& reporter, std::stop_token stop);
  ~Compiler();

  // One binary per request, in order. Error(source) with go's own lines and the image they belong to, Error(toolchain),
  // Error(policy) from the gate, Error(conflict) when a source changed meanwhile, Error(network) and Error(auth) for
  // modules that cannot be fetched.
  std::vector<Binary> compile(const std::vector<CompileRequest>& requests);

  // Of a request that was compiled or found: a digest over all that went into it, and those of the files that do not
  // come with Go or from the module cache.
  Digest inputs_of(const CompileRequest& request);
  std::vector<std::filesystem::path> own_files_of(const CompileRequest& request);

 private:
  struct Group;
  struct Listing;
  Dependencies& dependencies_of(const CompileRequest& request);
  Digest settings_of(const CompileRequest& request) const;
  std::optional<Binary> known(const CompileRequest& request);
  Digest key_of(const CompileRequest& request, const Digest& inputs) const;
  void build(const Group& group, const std::vector<CompileRequest>& requests, std::vector<Binary>& binaries);
  void keep(const CompileRequest& request, Binary& binary);
  void forbid_changes();

  const Host& host_;
  const GoToolchain& go_;
  Cache& cache_;
  FileStates& states_;
  CompilerOptions options_;
  Reporter& reporter_;
  std::stop_token stop_;
  std::filesystem::path module_cache_;
  std::map<std::string, Dependencies> dependencies_;  // by settings
};

}  // namespace whittle::builder
