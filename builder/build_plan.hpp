// What is to be made: a target for each image and platform, and what to compile for it. Found in the spec and
// the tree; nothing is asked of a network or of go.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "builder/build_context.hpp"
#include "builder/c_compiler.hpp"
#include "builder/compile.hpp"
#include "builder/made_from.hpp"
#include "builder/target.hpp"
#include "common/digest.hpp"
#include "layers/file_tree.hpp"
#include "layers/platform.hpp"

namespace whittle::builder {

// A value; targets borrow their images from the spec.
struct BuildPlan {
  std::vector<Target> targets = {};  // in the order of the spec, those of one image together
  std::vector<CompileRequest> requests = {};
  std::map<std::size_t, CompilerWish> wishes = {};     // of the requests that need a C compiler
  std::map<std::string, layers::FileTree> files = {};  // what the context gives to each image
  std::map<std::string, std::map<std::filesystem::path, Digest>> taken = {};  // the files read for an image
  std::map<std::size_t, MadeFrom> made_from = {};  // by request, as far as that is known yet

  Target& target_of(std::size_t request);
  std::vector<Target*> targets_of(const ImageSpec& image);
  std::vector<const Target*> targets_of(const ImageSpec& image) const;
  std::vector<GoMain> mains() const;  // of all requests
};

// What is missing is said here, before anything is compiled. Throws Error as its parts do.
BuildPlan plan_build(const BuildContext& build);

std::vector<layers::Platform> platforms_of(const ImageSpec& spec, const BuildOptions& options);

}  // namespace whittle::builder
