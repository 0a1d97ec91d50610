// A project as a commit has it, in a folder of its own: the work tree is not touched.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "builder/build_context.hpp"
#include "builder/build_plan.hpp"
#include "builder/file_states.hpp"
#include "builder/git.hpp"
#include "builder/lock.hpp"
#include "common/file.hpp"

namespace whittle::builder {

// Borrows the build, whose project it is. One thread.
class EarlierTree {
 public:
  // Error(not_found) when the revision names no commit that is here, Error(unsupported) without git.
  EarlierTree(const BuildContext& build, const std::string& revision);

  // An image of the spec as it was there, alone. Nothing when there was none, or none that could be built.
  struct Image {
    Spec spec;
    BuildPlan plan;
    Lock lock;
  };
  const Image* image(const std::string& name);
  FileStates& states() { return states_; }
  // Where a file of the project is there: the same below the folder of the commit.
  std::filesystem::path of(const std::filesystem::path& file) const;

 private:
  std::unique_ptr<Image> read(const std::string& name);

  const BuildContext& build_;
  std::filesystem::path root_;  // of the work tree
  TemporaryFolder folder_;
  FileStates states_;
  std::map<std::string, std::unique_ptr<Image>> images_ = {};
};

}  // namespace whittle::builder
