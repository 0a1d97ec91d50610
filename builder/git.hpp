// What a git checkout says about the sources, without running any program the repository names (hostile 39).
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace whittle::builder {

// Read straight from the files of the repository: no program runs.
class GitCheckout {
 public:
  // The repository that `folder` is in, if any (a .git folder, or a .git file of a worktree or submodule).
  static std::optional<GitCheckout> find(const std::filesystem::path& folder);

  const std::filesystem::path& root() const { return root_; }
  // The commit that HEAD names; nothing before the first commit, or where the references are of a kind that is not
  // plain files (reftable) and no git is there to ask.
  std::optional<std::string> head() const;
  // The tags that name HEAD's commit, sorted by bytes. Annotated tags are resolved by running `git` (found at
  // `git_program`; may be empty) with a configuration of our own that names no program.
  std::vector<std::string> tags_at_head(const std::filesystem::path& git_program, const std::stop_token& stop) const;
  // The files among `paths` (absolute, below root) that differ from HEAD's or are not in it; nothing when that cannot
  // be found out (no git program). Runs `git` as above, with the repository's object folder and an index of our own.
  std::optional<std::vector<std::filesystem::path>> modified(const std::vector<std::filesystem::path>& paths,
                                                             const std::filesystem::path& git_program,
                                                             const std::stop_token& stop) const;

 private:
  std::filesystem::path root_;        // the work tree
  std::filesystem::path git_folder_;  // HEAD and the index of this work tree
  std::filesystem::path common_;      // references and objects
};

}  // namespace whittle::builder
