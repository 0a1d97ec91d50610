// Asks git about objects, without showing it the repository they belong to (hostile 39).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/file.hpp"
#include "common/subprocess.hpp"

namespace whittle::builder {

struct GitFile {
  std::string mode;  // "100644", "100755", "120000"
  std::string id;    // of the blob
};

// Lives as long as its stand-in for `.git`: a private folder with a configuration of ours, no hooks and no
// references, whose objects are those of the repository. A question that git cannot answer gives nothing;
// only Error(interrupted) is thrown then. The constructor throws Error(io) when the private folder cannot be
// made.
class GitQuery {
 public:
  // `id` is any object id of the repository; its length tells the hash.
  GitQuery(const std::filesystem::path& objects, const std::string& id, std::filesystem::path program,
           const std::filesystem::path& scratch, std::stop_token stop);

  // What each id names once tags are followed; one that is missing stays itself.
  std::optional<std::vector<std::string>> peeled(const std::vector<std::string>& ids) const;
  // The commit that an id, or the beginning of one, with git's "~2" or "^" behind it leads to.
  std::optional<std::string> commit_of(const std::string& expression) const;
  // The files of a commit below a folder ("" for all), by path from the root of the work tree.
  std::optional<std::map<std::string, GitFile>> files(const std::string& commit,
                                                      const std::string& below) const;
  // The ids that the files would have as blobs, as they are.
  std::optional<std::vector<std::string>> blob_ids(const std::vector<std::filesystem::path>& paths) const;
  // Writes the files of a commit below a folder ("" for all) into `into`, which must exist, as the objects
  // have them: no filter, no large file storage, no other line ends, no substitution; a submodule becomes an
  // empty folder.
  bool check_out(const std::string& commit, const std::string& below,
                 const std::filesystem::path& into) const;
  // A private file with that content, for blob_ids().
  std::filesystem::path store(const std::string& content, std::size_t number) const;

 private:
  std::optional<std::string> ask(std::vector<std::string> arguments) const;

  TemporaryFolder folder_;
  std::filesystem::path objects_;
  std::filesystem::path program_;
  std::stop_token stop_;
};

}  // namespace whittle::builder
