// Builds the Go programs of an image again that others built, as far as what they record allows, and says how
// close that comes and what stands in the way.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/json.hpp"
#include "optimizer/go_programs.hpp"
#include "optimizer/recorded_go.hpp"

namespace whittle::optimizer {

struct RebuiltProgram {
  std::string path;      // in the image
  std::string platform;
  Digest digest;         // of the program in the image
  std::string settings;  // how it was built, in words; escaped
  bool built = false;
  bool equal = false;
  std::uint64_t differences = 0;           // findings of the comparison
  std::vector<std::string> obstacles = {};  // what stands in the way, one line each; escaped
  std::vector<std::string> causes = {};     // why it differs; A is the image's, B the one built again
};

struct ForeignRebuild {
  std::string module;                          // whose sources are at hand
  std::vector<RebuiltProgram> programs = {};   // those of that module
  std::vector<std::string> others = {};        // programs of other modules: "PATH (MODULE)"; escaped
  std::uint64_t other_files = 0;
  std::vector<Digest> other_layers = {};       // nothing of them was built again

  // There are programs of the module, and each was built again with the same bytes.
  bool holds() const;
  std::string summary() const;  // one line
};

// `source` is a folder in the sources, `work` an existing one for what is needed meanwhile. What stands in the
// way of one program is said of it; Error for what stands in the way of all.
ForeignRebuild rebuild_programs(const ProgramsOfImage& image, const std::filesystem::path& source,
                                const std::filesystem::path& work, const GoTools& tools);

// The documented form of it in `verify --json` (docs/formats.md).
Json to_json(const ForeignRebuild& rebuild);

}  // namespace whittle::optimizer
