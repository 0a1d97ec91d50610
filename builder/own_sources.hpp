// The project's own files that went into an image, as the record of the build names them: by paths that are
// the same on every machine.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "builder/build_values.hpp"
#include "common/digest.hpp"
#include "evidence/build_record.hpp"

namespace whittle::builder {

class OwnSources {
 public:
  // `folder` is that of the spec, and counts as part of the project.
  explicit OwnSources(const std::filesystem::path& folder);

  // Error(internal) for a path that is not absolute. Links in it are not resolved beyond those that lead to
  // the folder.
  void add(const std::filesystem::path& file, const Digest& digest);

  // The lowest folder that has everything below it.
  std::filesystem::path root() const;
  // "" for the root itself.
  std::string relative(const std::filesystem::path& path) const;
  // Without module and revision.
  evidence::Sources record() const;
  // Whether everything lies in `folder`.
  bool are_below(const std::filesystem::path& folder) const;

 private:
  std::filesystem::path resolved(const std::filesystem::path& path) const;

  std::filesystem::path named_folder_;  // as the spec is named
  std::filesystem::path folder_;        // where that really is, as go names it
  std::map<std::filesystem::path, Digest> files_;
};

}  // namespace whittle::builder
