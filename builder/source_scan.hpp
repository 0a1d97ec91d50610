// What `whittle init` learns of a folder by reading it: modules, main packages, and what is plain in their
// code.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace whittle::builder {

// Where something was found: a file relative to the folder, and a line in it.
struct FoundAt {
  std::string file;
  std::size_t line = 0;
  std::string text() const;
};

struct FoundPort {
  unsigned port = 0;
  std::string protocol;  // "tcp" or "udp"
  FoundAt where;
};

struct FoundPath {
  std::string from;  // what there is, relative to the scanned folder
  std::string path;  // as the program names it, cleaned: relative to its working folder
  FoundAt where;
};

struct FoundMain {
  std::string folder;                 // relative to the scanned folder, "." or "cmd/api"
  std::string name;                   // of the executable, as go names it
  std::vector<FoundPort> ports = {};  // sorted by number, each once
  std::vector<FoundPath> paths = {};  // sorted, none below another
  std::optional<FoundAt> cgo = {};  // the first `import "C"` in the module's own packages that it is made of
};

struct SourceScan {
  std::map<std::string, std::string> modules = {};  // folder → module path: those in use here
  std::vector<std::string> other_modules = {};      // folders of modules that stand for themselves
  std::vector<FoundMain> mains = {};                // sorted by folder
  std::set<std::string> files = {};                 // regular files and links, relative
  std::set<std::string> folders = {};               // relative; "." is one
  std::string go_version = {};                      // of the toolchain line: "1.26.8"
  bool is_complete = true;                          // false: there are more files than are looked at
};

// At most so many files are looked at, so deep, and of Go files those up to a size.
inline constexpr std::size_t most_scanned_files = 100'000;
inline constexpr std::size_t deepest_scanned_folder = 32;
inline constexpr std::size_t largest_go_file = 1U << 20U;

// Reads below `folder`; symbolic links are not followed. Go files count as go counts them: not in testdata,
// vendor or folders that begin with `.` or `_`, no tests, and with the build constraints for Linux.
// Error(not_found) when there is no such folder.
SourceScan scan_sources(const std::filesystem::path& folder);

// What a scan finds in the tokens of one file; exposed for tests.
struct GoSource;
struct CodeFindings {
  std::vector<FoundPort> ports = {};
  std::vector<FoundPath> paths = {};  // `from` is empty: not looked up yet
};
CodeFindings find_in_code(const GoSource& source, const std::string& file);

}  // namespace whittle::builder
