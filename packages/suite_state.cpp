#include "packages/suite_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "packages/index_download.hpp"
#include "packages/openpgp.hpp"

namespace whittle::packages {
namespace {

constexpr std::size_t release_limit = 16U << 20U;  // bytes of InRelease

struct Release {
  ReleaseFile file;
  Digest digest;
};

// What one mirror says.
class Mirror {
 public:
  Mirror(const PackageArchive& archive, std::string root, std::chrono::sys_seconds now,
         std::chrono::sys_seconds not_before, const PackageContext& context)
      : archive_(archive), root_(std::move(root)), now_(now), not_before_(not_before), context_(context) {}

  std::string what() const {
    return fmt::format("the suite {} of {}", archive_.suite, escaped(registry::redacted_url(root_)));
  }

  Release release() {
    const auto name = "the release of " + what();
    const auto source = context_.web.open(
        archive_url(root_, fmt::format("dists/{}/InRelease", archive_.suite)), {name, {}, release_limit});
    if (!source)
      throw Error(ErrorKind::not_found, fmt::format("{} has no InRelease", what()))
          .hint("check the address and the suite of the package archive");
    const auto message = read_all(*source, release_limit, name);
    const Trust trust{archive_.keys, archive_.fingerprints, now_};
    auto file = parse_release(verify_clear_signed(message, trust, name), name);
    check_release(file, archive_.suite, now_, archive_.check_expiry, name);
    check_age(file, not_before_, name);
    return {std::move(file), Digest::of(message)};
  }

  // The folders of the indexes of a component for an architecture that the release names.
  std::vector<std::string> folders(const ReleaseFile& release, const std::string& component,
                                   const std::string& architecture) const {
    std::vector<std::string> folders;
    for (const auto& one : {architecture, std::string("all")}) {
      if (one == "all" && !release.all_apart) continue;
      const auto folder = fmt::format("{}/binary-{}", component, one);
      const auto named = release.files.lower_bound(folder + "/Packages");
      if (named != release.files.end() && named->first.starts_with(folder + "/Packages"))
        folders.push_back(folder);
    }
    if (!folders.empty()) return folders;
    Error error(ErrorKind::not_found, fmt::format("{} has no packages of {} for {}", what(), shown(component),
                                                  escaped(architecture)));
    std::string there;
    for (const auto& name : release.components) there += (there.empty() ? "" : ", ") + escaped(name);
    throw error.hint(fmt::format("it has the components {}", there));
  }

  IndexDownload download(const std::string& folder) const {
    return {root_, archive_.suite, folder, fmt::format("package index {} of {}", escaped(folder), what())};
  }

 private:
  const PackageArchive& archive_;
  std::string root_;
  std::chrono::sys_seconds now_;
  std::chrono::sys_seconds not_before_;
  const PackageContext& context_;
};

// Whether another mirror may do better.
bool is_of_the_mirror(ErrorKind kind) {
  return kind == ErrorKind::network || kind == ErrorKind::registry || kind == ErrorKind::auth ||
         kind == ErrorKind::not_found || kind == ErrorKind::unverified || kind == ErrorKind::integrity;
}

}  // namespace

SuiteState SuiteState::fetch(const PackageArchive& archive, const std::vector<std::string>& architectures,
                             std::chrono::sys_seconds now, const PackageContext& context,
                             std::chrono::sys_seconds not_before) {
  const auto from = [&](const std::string& root) {
    Mirror mirror(archive, root, now, not_before, context);
    std::optional<Digest> last;
    for (;;) {
      throw_if_stopped(context.stop);
      const auto release = mirror.release();
      SuiteState state(
          {archive.suite, release.file.codename, archive.components, release.file.date, release.digest},
          context);
      std::optional<std::string> misfit;
      for (const auto& architecture : architectures)
        for (const auto& component : archive.components)
          for (const auto& folder : mirror.folders(release.file, component, architecture)) {
            const auto download = mirror.download(folder);
            if (!misfit) misfit = fetch_index(download, release.file, context);
            if (!misfit)
              state.indexes_[architecture].push_back(
                  {download.what, *release.file.find(folder + "/Packages")});
          }
      if (!misfit) return state;
      if (last == release.digest)
        throw Error(ErrorKind::unverified,
                    fmt::format("{} does not fit its signed release: {}", mirror.what(), *misfit));
      if (last)
        throw Error(ErrorKind::network,
                    fmt::format("{} changes while it is read: {}", mirror.what(), *misfit))
            .hint("try again a little later");
      last = release.digest;
    }
  };
  for (std::size_t i = 0;; ++i) {
    try {
      return from(archive.uris.at(i));
    } catch (const Error& error) {
      if (i + 1 >= archive.uris.size() || !is_of_the_mirror(error.kind())) throw;
      context.reporter.warn(fmt::format("{}; asking the next mirror", error.message()));
    }
  }
}

std::vector<std::shared_ptr<const PackageIndex>> SuiteState::load(const std::string& architecture) const {
  std::vector<std::shared_ptr<const PackageIndex>> loaded;
  const auto found = indexes_.find(architecture);
  if (found == indexes_.end()) return loaded;
  for (const auto& index : found->second) {
    std::string text;
    const auto path = index_path(*context_, index.entry);
    if (index.entry.size > 0) text = read_file_if_present(path, PackageIndex::size_limit).value_or("");
    if (text.size() != index.entry.size || Digest::of(text) != to_digest(index.entry.digest)) {
      std::error_code ignored;
      std::filesystem::remove(path, ignored);
      throw Error(ErrorKind::conflict,
                  fmt::format("{} was damaged in the cache and has been removed there", index.what))
          .hint("run the same again; the index is fetched anew");
    }
    loaded.push_back(std::make_shared<const PackageIndex>(std::move(text), index.what));
  }
  return loaded;
}

}  // namespace whittle::packages
