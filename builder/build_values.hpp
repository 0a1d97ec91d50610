// What a build knows about its own sources: named values for the spec, and the annotations that state them.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/cache.hpp"
#include "builder/git.hpp"
#include "builder/host.hpp"
#include "builder/named_values.hpp"
#include "common/report.hpp"

namespace whittle::builder {

// Borrows everything.
class BuildValues {
 public:
  BuildValues(const std::filesystem::path& folder, const Host& host, Cache& cache, Reporter& reporter,
              std::stop_token stop);

  // git.commit: the commit HEAD names. git.tag: the last of the tags that name it, in version order. version:
  // that tag without a leading "v", or 0.0.0-COMMIT.
  std::optional<std::string> value(std::string_view name);

  // HEAD's commit when `files` are as committed there; otherwise nothing, and a note says what differs.
  // `inputs` identifies the files' content, so that git is asked once for each.
  std::optional<std::string> revision_of(const std::string& image, const Digest& inputs,
                                         const std::set<std::filesystem::path>& files);

  // Whether HEAD's commit has the file as it is, whose digest this is. Says nothing.
  bool is_committed(const std::filesystem::path& file, const Digest& content);
  // The work tree, if there is one.
  std::optional<std::filesystem::path> work_tree() const;

 private:
  std::filesystem::path git_program() const { return host_.find_program("git"); }

  const Host& host_;
  Cache& cache_;
  Reporter& reporter_;
  std::stop_token stop_;
  std::optional<GitCheckout> checkout_;
  std::optional<std::string> head_;
};

// Where the module says its sources are: its path, when that begins with a host name; without a version
// suffix.
std::optional<std::string> source_of_module(const std::string& module_path);

}  // namespace whittle::builder
