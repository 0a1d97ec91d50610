// Compiles one program of an image in ways that no spec can ask for, to find out what it would save. Such
// programs are measured and thrown away: nothing runs them, nothing keeps them.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "attribution/node.hpp"
#include "builder/cache.hpp"
#include "builder/compile.hpp"
#include "builder/go_build.hpp"
#include "builder/go_list.hpp"
#include "builder/go_toolchain.hpp"
#include "builder/host.hpp"
#include "common/file.hpp"
#include "layers/compression.hpp"

namespace whittle::optimizer {

// Borrows.
struct TrialTools {
  const builder::Host& host;  // as go sees it
  const builder::GoToolchain& go;
  builder::Cache& cache;
  layers::Platform machine;  // this one
  unsigned jobs = 1;
  std::stop_token stop = {};
};

struct TrialProgram {
  builder::CompileRequest request;
  std::string path;  // in the image, without a leading slash
  layers::Compression compression;
};

// One thread. Its files live in a folder of its own, which goes with it. Error(source) when go cannot make
// the program; it then says nothing of the program as the spec has it, but for as_it_is() and packages().
class ProgramTrials {
 public:
  ProgramTrials(const TrialTools& tools, TrialProgram program);

  const TrialProgram& program() const { return program_; }
  // What it consists of, dependencies included.
  const std::vector<builder::ListedPackage>& packages();
  // What it takes as the spec has it, alone in a layer of its own.
  attribution::Size as_it_is();
  // How long compressing that takes on this machine.
  std::chrono::milliseconds time_to_compress(const layers::Compression& compression);

  struct DynamicCalls {
    std::vector<std::string> functions = {};  // symbols that call methods by name; sorted
    attribution::Size size = {};              // of the program, if none of them did
  };
  // By a blind linker (blind_linker.hpp). Error(unsupported) when the one of this Go cannot be made blind.
  DynamicCalls without_dynamic_calls();

  // What it takes when these packages declare all that others can name, but no function of theirs does
  // anything.
  attribution::Size without(std::span<const builder::ListedPackage* const> packages);

 private:
  builder::GoBuild command(std::vector<std::string> variation);
  std::filesystem::path built(std::vector<std::string> variation);
  attribution::Size measured(const std::filesystem::path& linked) const;
  attribution::Size layer_of(const std::filesystem::path& program,
                             const layers::Compression& compression) const;
  builder::GoFolders folders() const;
  std::filesystem::path helpers() const { return work_.path() / "helpers"; }
  void make_helper(const std::string& name, std::string_view source);
  void make_blind_linker();
  void build_helper(const std::string& pattern, std::vector<std::string> variation);

  TrialTools tools_;
  TrialProgram program_;
  TemporaryFolder work_;
  std::size_t trials_ = 0;
  std::optional<std::vector<builder::ListedPackage>> packages_ = {};
  std::optional<attribution::Size> as_it_is_ = {};
};

}  // namespace whittle::optimizer
