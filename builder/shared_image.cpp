#include "builder/shared_image.hpp"

#include <algorithm>

#include "builder/dependencies.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view shared_image_key_version = "shared image 1";

bool lies_in(const fs::path& path, const fs::path& folder) {
  return path == folder || path.native().starts_with(folder.native() + '/');
}

// What a record may make this machine read.
class OwnFolders {
 public:
  explicit OwnFolders(const GoMain& main)
      : folders_{main.project.lexically_normal(), main.module.lexically_normal()} {
    for (const auto& named : named_folders(main.module / "go.mod"))
      folders_.push_back(named.lexically_normal());
    if (main.workspace.empty()) return;
    for (const auto& member : named_folders(main.workspace)) {
      folders_.push_back(member.lexically_normal());
      for (const auto& named : named_folders(member / "go.mod")) folders_.push_back(named.lexically_normal());
    }
  }

  bool have(const fs::path& path) const {
    return std::any_of(folders_.begin(), folders_.end(),
                       [&](const fs::path& folder) { return lies_in(path, folder); });
  }

 private:
  std::vector<fs::path> folders_;
};

// A record may lie: a chain is no longer than there are packages.
std::vector<std::string> chain_to(const OwnPackage& package, const std::vector<OwnPackage>& all) {
  std::vector<std::string> chain;
  std::string path = package.import_path;
  while (!path.empty() && chain.size() <= all.size()) {
    chain.push_back(path);
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const OwnPackage& one) { return one.import_path == path; });
    path = found == all.end() ? std::string() : found->importer;
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

}  // namespace

Digest shared_key(const SharedPrograms& programs, const GoToolchain& go, std::string_view layers) {
  KeyHasher key;
  key.add(shared_image_key_version).add(layers);
  for (std::size_t i = 0; i < programs.requests.size(); ++i) {
    key.add(programs.paths[i]);
    add_settings(key, programs.requests[i], go);
  }
  return key.finish();
}

bool is_unchanged(const SharedRecord& record, const SharedPrograms& programs, FileStates& states) {
  if (record.programs.size() != programs.requests.size()) return false;
  for (std::size_t i = 0; i < programs.paths.size(); ++i)
    if (record.programs[i].path != programs.paths[i] ||
        first_change(record.programs[i].made_from, programs.requests[i].main, states))
      return false;
  return true;
}

std::optional<ChangedInput> first_change(const MadeFrom& before, const GoMain& main, FileStates& states) {
  const OwnFolders own(main);
  for (const auto& package : before.own)
    for (const auto& input : package.inputs) {
      const auto path = local_path(main, input.path);
      if (!own.have(path) || states.look_up(input.kind, path.native()) != input.digest)
        return ChangedInput{input.kind, input.path, chain_to(package, before.own)};
    }
  return std::nullopt;
}

}  // namespace whittle::builder
