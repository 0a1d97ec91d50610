// The references of a git repository, as far as they are plain files (gitrepository-layout(5)).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace whittle::builder {

// An id of SHA-1 or SHA-256 in lower-case hex.
bool is_object_id(std::string_view text);

// Whether git would take the text for a reference's name (git-check-ref-format(1)); others are never opened.
bool is_reference_name(std::string_view name);

struct GitTag {
  std::string id;                          // of the commit, or of the tag object
  std::optional<std::string> commit = {};  // what the tag object names, when it is written beside it
  bool settled = false;                    // there is no tag object, or `commit` is known
};

// The id that HEAD names. `own` is the folder of this work tree, `common` the one shared by all.
std::optional<std::string> read_head(const std::filesystem::path& own, const std::filesystem::path& common);

// The id that a reference of that whole name ("HEAD", "refs/heads/main") names.
std::optional<std::string> read_reference(std::string name, const std::filesystem::path& own,
                                          const std::filesystem::path& common);

// All tags by name, without "refs/tags/".
std::map<std::string, GitTag> read_tags(const std::filesystem::path& common);

}  // namespace whittle::builder
