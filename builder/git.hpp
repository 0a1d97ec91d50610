// What a git checkout says about the sources, without running any program the repository names (hostile 39).
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace whittle::builder {

// References are read straight from the repository's files. Where git has to be asked, it sees the
// repository's objects and nothing else of it: a folder of ours stands in for `.git`, so no configuration,
// hook, filter or attribute of the repository (or of the machine) can name a program. What is malformed
// counts as absent.
class GitCheckout {
 public:
  // The repository that `folder` is in, if any (a .git folder, or a .git file of a worktree or submodule).
  static std::optional<GitCheckout> find(const std::filesystem::path& folder);

  // Absolute; links in it are not resolved.
  const std::filesystem::path& root() const { return root_; }
  // The commit that HEAD names; nothing before the first commit, or where the references are of a kind that
  // is not plain files (reftable).
  std::optional<std::string> head() const;
  // The commit that a revision names as people write it: a branch, also of a remote, a tag, HEAD, an id or
  // the beginning of one, each with any of git's "~2" and "^" behind it. Nothing for any other text, and for
  // a commit that is not here.
  std::optional<std::string> commit_of(const std::string& revision, const std::filesystem::path& git_program,
                                       const std::stop_token& stop,
                                       const std::filesystem::path& scratch = "/tmp") const;
  // The tags that name HEAD's commit, sorted by bytes. Annotated tags whose commit is not written beside them
  // are resolved by `git_program`; when that is empty or fails they are left out. `scratch` is a folder for
  // temporaries.
  std::vector<std::string> tags_at_head(const std::filesystem::path& git_program, const std::stop_token& stop,
                                        const std::filesystem::path& scratch = "/tmp") const;
  // The files among `paths` (absolute, below root) that differ from HEAD's or are not in it, in content, type
  // or executable bit; nothing when that cannot be found out (no git program, objects missing). Contents are
  // compared as they are: `core.autocrlf` and filters are not applied, so a file that they rewrote counts as
  // modified.
  std::optional<std::vector<std::filesystem::path>> modified(
      const std::vector<std::filesystem::path>& paths, const std::filesystem::path& git_program,
      const std::stop_token& stop, const std::filesystem::path& scratch = "/tmp") const;

  // Writes the files of a commit below a folder of the tree ("" for all) into `into`, which must exist, at
  // their paths, and makes of it a work tree whose HEAD is that commit. Contents are as the objects have
  // them: filters, large file storage, line ends and substitutions are not applied, and submodules stay
  // empty. Error(not_found) when git does not have the commit, Error(unsupported) without a git program.
  void check_out(const std::string& commit, const std::string& below, const std::filesystem::path& into,
                 const std::filesystem::path& git_program, const std::stop_token& stop,
                 const std::filesystem::path& scratch = "/tmp") const;
  // Makes of `folder`, which is elsewhere, a work tree of the same repository whose HEAD is that commit.
  // `.git` there becomes a folder that has two files and leads here.
  void link_from(const std::filesystem::path& folder, const std::string& commit) const;

 private:
  std::filesystem::path root_;        // the work tree
  std::filesystem::path git_folder_;  // HEAD and the index of this work tree
  std::filesystem::path common_;      // references and objects
};

}  // namespace whittle::builder
