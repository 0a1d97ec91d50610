#include "builder/made_from.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;

fs::path local_path(const GoMain& main, const std::string& portable) {
  return fs::path(DependencyRoots{main.project, {}, {}}.local(portable)).lexically_normal();
}

std::set<fs::path> MadeFrom::own_files(const GoMain& main) const {
  std::set<fs::path> files;
  for (const auto& package : own)
    for (const auto& input : package.inputs)
      if (input.kind == FileStates::Kind::file && input.digest) files.insert(local_path(main, input.path));
  return files;
}

}  // namespace whittle::builder
