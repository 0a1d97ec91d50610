// The state of one stage of a Dockerfile while it is read: its configuration, and where each file in it would
// come from. Nothing of it exists.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "builder/dockerfile_values.hpp"
#include "builder/source_scan.hpp"

namespace whittle::builder {

// Where a file or a folder of a stage comes from.
struct Origin {
  enum class Kind {
    context,  // the folder that is built: `path` in it
    binary,   // a `go build`: `binary` is its index
    other,    // neither; `path` says why it cannot be had
  };
  Kind kind = Kind::other;
  std::string path = {};
  std::size_t binary = 0;
};

struct StageFile {
  std::string path;  // in the image, absolute, without a slash at its end
  Origin origin;
  bool is_folder = false;  // what lies below `origin.path` lies below `path`
  std::string owner = {};  // as --chown or chown has it, resolved: "root", "1000:1000"; empty: root
  std::string mode = {};   // "0755"; empty: as it is
  std::size_t line = 0;
  std::string instruction = {};
};

// What CMD or ENTRYPOINT says.
struct StartCommand {
  std::vector<std::string> words = {};
  bool is_shell = false;  // one word, for a shell
  std::size_t line = 0;
  std::string instruction = {};
};

struct Stage {
  std::string name = {};   // lower case; "" for none
  std::string image = {};  // the reference it begins from, expanded; "" when it is not known
  std::size_t line = 0;
  std::string instruction = {};
  std::string platform = {};  // of --platform, when it is a plain text
  bool is_front_end = false;  // JavaScript is built in it
  bool compiles = false;      // `go build` ran in it
  Variables variables = {};   // ARG and ENV
  std::vector<std::pair<std::string, std::string>> env = {};
  std::string folder = "/";  // WORKDIR
  std::vector<StageFile> files = {};
  std::set<std::string> folders = {};              // known to exist
  std::map<std::string, std::string> users = {};   // name → "UID" or "UID:GID"; "" when it was not said
  std::map<std::string, std::string> groups = {};  // name → GID; "" when it was not said
  std::optional<std::pair<std::string, std::size_t>> user = {};  // resolved, and the line
  std::optional<StartCommand> entrypoint = {};
  std::optional<StartCommand> command = {};
  std::vector<std::string> ports = {};
  std::vector<std::string> volumes = {};
  std::string stop_signal = {};
  std::vector<std::pair<std::string, std::string>> labels = {};
  std::set<std::string> packages = {};  // Debian's names, of what holds data
  std::string needs_base = {};          // why the base has to stay as it is; "" when it need not

  // The most files that are kept of a stage: copies of copies grow without an end.
  static constexpr std::size_t most_files = 2000;

  // "x" in WORKDIR, cleaned, without a slash at its end; "/" is the root.
  std::string absolute(std::string_view path) const;
  // Whether a file copied to `path` goes into it rather than in its place.
  bool is_folder(const std::string& path) const;
  // Adds a file in place of one that is there. Error(limit) beyond most_files.
  void add(StageFile file);
  // What is at or below `path` or `pattern`, newest last; `path` of each result is relative to it, "" for
  // itself.
  std::vector<StageFile> find(const std::string& path, const SourceScan& scan) const;
  // "name", "name:group", "1000:1000" as the spec has it; nothing when it is not known.
  std::optional<std::string> resolve_user(std::string_view text) const;
};

// "/a/b" and "c" are "/a/b/c"; "" stands for nothing.
std::string join_path(std::string_view folder, std::string_view name);
std::string base_name(std::string_view path);
// The part of `path` below `folder`, "" when it is the folder; nothing when it lies elsewhere.
std::optional<std::string> path_below(std::string_view path, std::string_view folder);

}  // namespace whittle::builder
