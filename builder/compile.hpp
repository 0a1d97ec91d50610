// Compiles main packages: nothing that did not change, everything that did with as few go commands as
// possible.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "binaries/build_info.hpp"
#include "builder/c_compiler.hpp"
#include "builder/cache.hpp"
#include "builder/dependencies.hpp"
#include "builder/file_states.hpp"
#include "builder/go_build.hpp"
#include "builder/go_environment.hpp"
#include "builder/go_project.hpp"
#include "builder/go_toolchain.hpp"
#include "builder/host.hpp"
#include "builder/import_graph.hpp"
#include "builder/made_from.hpp"
#include "builder/spec.hpp"
#include "common/bytes.hpp"
#include "common/error.hpp"
#include "common/report.hpp"
#include "common/sha256.hpp"
#include "layers/platform.hpp"

namespace whittle::builder {

struct CompileRequest {
  GoMain main;
  layers::Platform platform;
  Profile profile = Profile::small;
  Lines lines = Lines::keep;
  std::vector<std::string> tags = {};        // sorted
  std::vector<std::string> ldflags = {};     // values expanded
  std::vector<std::string> inlining = {};    // inlining_flags()
  std::optional<CCompiler> c_compiler = {};  // nothing: without C
  std::string image;                         // whose it is, for messages
};

// What the linker is given for it, one argument each.
std::vector<std::string> linker_flags(const CompileRequest& request);

// Adds what decides its bytes besides the sources: Go and how it is told to compile.
void add_settings(KeyHasher& key, const CompileRequest& request, const GoToolchain& go);

// How C is compiled for it; nothing when it has none.
std::optional<CgoSettings> cgo_settings(const CompileRequest& request);

struct Binary {
  Digest digest;
  std::uint64_t size = 0;        // bytes
  std::filesystem::path file;    // empty when it is not on this machine
  bool compiled = false;         // in this run
  bool has_lines_apart = false;  // cached_lines() has them
  // Of one that is not on this machine: its bytes, and what it records of itself.
  OpenSource open = {};
  std::optional<binaries::BuildInfo> info = {};
};

// The line tables that were taken out of a program, with how to put them back (evidence/split_lines.hpp).
// Nothing when they are not in the cache, or damaged.
std::optional<std::string> cached_lines(const Cache& cache, const Digest& program);
void cache_lines(Cache& cache, const Digest& program, std::string_view lines);

struct CompilerOptions {
  unsigned jobs = 1;
  bool keep_records = true;  // of what the binaries were made from; without, each is compiled every time
};

class Elsewhere;  // builder/elsewhere.hpp

// Borrows everything; one thread.
class Compiler {
 public:
  // `states` are those of the sources, `results` those of the cache's own files.
  Compiler(const Host& host, const GoToolchain& go, Cache& cache, FileStates& states, FileStates& results,
           CompilerOptions options, Reporter& reporter, std::stop_token stop);

  // From now on what is stale is compiled there, where that can be. Borrowed.
  void compile_at(Elsewhere& elsewhere) { elsewhere_ = &elsewhere; }

  // Calls `ready` once for each request, on this thread and as soon as its binary is there: while go still
  // works on others. Error(source) with go's own lines and the image they belong to, Error(toolchain),
  // Error(policy) from the gate, Error(conflict) when a source changed meanwhile, Error(network) and
  // Error(auth) for modules that cannot be fetched.
  using Requests = std::vector<CompileRequest>;
  using Ready = std::function<void(std::size_t request, const Binary& binary)>;
  void compile(const Requests& requests, const Ready& ready);
  // The two halves of that: those of `wanted` that the cache has, returning the others; and making these.
  std::vector<std::size_t> find(const Requests& requests, const std::vector<std::size_t>& wanted,
                                const Ready& ready);
  void make(const Requests& requests, std::vector<std::size_t> stale, const Ready& ready);

  // Of a request that was compiled, found or listed.
  MadeFrom made_from(const CompileRequest& request);
  // What it was made from when it was last compiled here, whatever it is now; nothing when it never was.
  std::optional<MadeFrom> recorded(const CompileRequest& request);
  // Finds out what those of `wanted` are made from now, without compiling. Error(source) as go says it.
  void list(const Requests& requests, const std::vector<std::size_t>& wanted);

  // The objects in Go's build cache that these, which were compiled here, consist of. Error(toolchain) as go
  // says it.
  std::set<Sha256> objects_of(const Requests& requests, const std::vector<std::size_t>& wanted);

  // Which imports its packages are there for. Lists them anew: a build has no use for that, and keeps none of
  // it.
  ImportGraph imports_of(const CompileRequest& request);

 private:
  // Indices of requests that one go command can answer: equal settings, distinct executable names.
  using Group = std::vector<std::size_t>;

  static bool have_same_settings(const CompileRequest& a, const CompileRequest& b);
  static bool can_join(const Group& group, std::size_t index, const Requests& requests);
  std::vector<Group> grouped(const Requests& requests, const std::vector<std::size_t>& stale) const;
  void build(const Group& group, const Requests& requests, const Ready& ready);
  // compile_elsewhere.cpp
  std::vector<std::size_t> compile_elsewhere(const Requests& requests, std::vector<std::size_t> stale,
                                             const Ready& ready);
  std::vector<Group> groups_elsewhere(const Requests& requests, const std::vector<std::size_t>& stale) const;
  bool learn_inputs(const Group& members, const Requests& requests);
  void start_clock();
  void throw_if_changed();
  static std::string describe(const Group& group, const Requests& requests);
  Error with_places(Error error) const;
  bool must_list(const Group& group, const Requests& requests);
  Group concerned(const Group& group, const Requests& requests, const GoBuildResult& result);
  std::vector<std::string> packages_of(const CompileRequest& request, const GoBuildResult& result);
  struct Taken;
  GoBuildResult run_go(const GoBuild& command, Taken& taken);
  void split(const std::filesystem::path& linked, const std::filesystem::path& to);
  bool has_lines(const Digest& program);
  void check_link(const CompileRequest& request, const std::string& errors, const std::string& what);
  Binary take(const CompileRequest& request, const std::filesystem::path& file,
              const std::filesystem::path& work);
  void record(const Group& group, const Requests& requests, const std::map<std::size_t, Binary>& binaries,
              const GoBuildResult& result);
  void keep_entry(const CompileRequest& request, const Binary& binary);
  std::optional<Binary> known(const CompileRequest& request);
  // compile_listing.cpp
  GoBuild listing(const CompileRequest& request, std::vector<std::string> patterns);
  GoListResult listed(const CompileRequest& request, const std::vector<std::string>& patterns);
  std::vector<ListedPackage> listing_of(const CompileRequest& request,
                                        const std::vector<std::string>& patterns);
  Dependencies& dependencies_of(const CompileRequest& request);
  Digest settings_of(const CompileRequest& request) const;
  Digest key_of(const CompileRequest& request, const Digest& inputs) const;

  const Host& host_;
  const GoToolchain& go_;
  Cache& cache_;
  FileStates& states_;
  FileStates& results_;
  CompilerOptions options_;
  Reporter& reporter_;
  std::stop_token stop_;
  GoFolders folders_;
  const std::vector<std::pair<std::string, std::string>> module_sources_;
  std::map<std::string, Dependencies> dependencies_;  // by settings
  std::set<std::string> warned_;
  Elsewhere* elsewhere_ = nullptr;
  timespec started_{};  // an input that changes after it is a conflict
};

}  // namespace whittle::builder
