// What one action of remote execution is to do: compile a group of main packages, and put together the layers
// that consist of them alone. Written here, read by whittle on the worker (remote_worker.hpp): `job.json` in
// the tree of inputs. All paths are relative to the root of that tree.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "builder/compile.hpp"
#include "layers/compression.hpp"
#include "layers/file_tree.hpp"

namespace whittle::builder {

// A layer that is complete but for the programs in it: a placeholder lies where each of them goes.
struct LayerRecipe {
  layers::FileTree tree;                        // directories, and files that are empty
  std::map<std::string, std::size_t> programs;  // path in the tree → which of the binaries
  layers::Compression compression = {};
  std::int64_t epoch = 0;  // seconds; the time of every entry
};

// Where things lie in the tree, on both sides.
namespace job_paths {
inline constexpr std::string_view job = "job.json";
inline constexpr std::string_view go = "go";            // GOROOT
inline constexpr std::string_view modules = "modules";  // GOMODCACHE
inline constexpr std::string_view sources = "sources";  // with the project in it
inline constexpr std::string_view report = "out/report.json";
std::string binary(std::size_t index);  // "out/binaries/0"
std::string lines(std::size_t index);   // its line tables, with `lines: split`
std::string layer(std::size_t index);
}  // namespace job_paths

struct RemoteJob {
  std::string go_version;
  // In the order of the binaries. Their settings are equal, and so are module and workspace of their mains.
  std::vector<CompileRequest> requests;
  std::vector<LayerRecipe> layers = {};

  std::vector<std::string> outputs() const;  // paths of all files that it leaves, sorted
};

std::string to_text(const RemoteJob& job);
// Paths in it are below `root`. Error(integrity) for anything else than to_text() gives.
RemoteJob parse_remote_job(std::string_view text, const std::filesystem::path& root);

}  // namespace whittle::builder
