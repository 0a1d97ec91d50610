// One image for one platform, on its way from the spec to a manifest.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "builder/assemble.hpp"
#include "builder/spec.hpp"
#include "common/digest.hpp"
#include "evidence/catalogue.hpp"
#include "layers/file_tree.hpp"

namespace whittle::builder {

// A value, but for what its plan borrows.
struct Target {
  ImagePlan plan;
  std::size_t first_request;  // its binaries are requests [first_request, first_request + binaries)
  layers::FileTree binaries = {};
  std::vector<evidence::OwnProgram> programs = {};  // the same, for the record
  std::set<std::string> split = {};                 // paths of those whose line tables are apart
  std::map<std::string, std::vector<std::string>> inlining = {};  // by path
  std::map<std::string, std::string> memory_limits = {};  // own_memory_limit_of(), of programs not at hand
  std::size_t ready = 0;                                  // how many of its binaries are in the tree
  bool compiled = false;                                  // whether any of them was, in this run
  std::optional<Digest> key = {};                         // of its record; once the lock is settled
  bool shareable = false;                                 // whether that may be in a shared cache
  bool shared = false;                                    // whether it was taken from there

  const std::vector<BinarySpec>& wanted() const { return plan.spec->binaries; }
  bool asks_for(std::size_t request) const {
    return request >= first_request && request < first_request + wanted().size();
  }
  // Where its binary for that request goes, without a leading slash.
  std::string path_of(std::size_t request) const { return wanted()[request - first_request].path.substr(1); }
};

}  // namespace whittle::builder
