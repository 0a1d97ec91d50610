#include "builder/origins.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "packages/apt_sources.hpp"
#include "packages/package_fetch.hpp"
#include "registry/place.hpp"

namespace whittle::builder {
namespace {

constexpr const char* apt_folder = "/etc/apt";
constexpr const char* debian_keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

class OfflineWeb final : public registry::Web {
 public:
  std::optional<std::uint64_t> size(const std::string&, const registry::WebFile&) override { return {}; }
  std::unique_ptr<ByteSource> open(const std::string& url, const registry::WebFile& file) override {
    throw Error(ErrorKind::not_found, fmt::format("{} is not in the cache, and {} is not asked: --offline",
                                                  file.what, registry::redacted_url(url)))
        .hint("build once without --offline");
  }
};

}  // namespace

registry::Web& Origins::web() {
  if (!options_.offline) return access_.web();
  if (!offline_web_) offline_web_ = std::make_unique<OfflineWeb>();
  return *offline_web_;
}

const toolchains::GoSources& Origins::go_sources() {
  if (!go_sources_) {
    toolchains::GoSources stated;
    stated.goproxy = spec_.go_origins.proxy;
    stated.gosumdb = spec_.go_origins.sumdb;
    go_sources_ = toolchains::find_go_sources(std::move(stated), host_.environment, stop_);
  }
  return *go_sources_;
}

toolchains::ModuleProxy& Origins::go_proxy() {
  if (!go_proxy_) {
    const auto& list = go_sources().goproxy;
    if (list.empty())
      throw Error(ErrorKind::toolchain, "nothing says where the modules of Go come from")
          .hint(
              "set GOPROXY, write `go: {proxy: …}` in the spec, or install any Go, however old: it is asked");
    go_proxy_.emplace(web(), toolchains::parse_proxy_list(list));
  }
  return *go_proxy_;
}

toolchains::ChecksumDatabase& Origins::checksum_database() {
  if (!checksum_database_) {
    const auto& sources = go_sources();
    checksum_database_.emplace(
        go_proxy(), toolchains::parse_checksum_source(sources.gosumdb, toolchains::key_finder(sources)),
        cache_.folder() / "sumdb");
  }
  return *checksum_database_;
}

toolchains::ToolchainStore Origins::toolchain_store(std::stop_token stop) {
  const bool known = !go_sources().goproxy.empty();
  return {{cache_.folder(), go_sources().module_cache, known ? &go_proxy() : nullptr},
          options_.threads,
          reporter_,
          std::move(stop)};
}

const std::vector<packages::PackageArchive>& Origins::archives() {
  if (archives_) return *archives_;
  archives_ = spec_.debian.archives;
  for (auto& archive : *archives_)
    if (archive.keys.empty()) archive.keys = {{debian_keyring, {}}};
  if (!archives_->empty()) return *archives_;
  const auto stated = host_.variable("WHITTLE_DEBIAN");
  auto apt = stated ? packages::parse_sources_list(*stated, "WHITTLE_DEBIAN", "", {{debian_keyring, {}}})
                    : packages::read_apt_sources({apt_folder, {debian_keyring}}, "");
  for (const auto& skipped : apt.skipped) reporter_.verbose(skipped);
  if (apt.archives.empty()) {
    archives_.reset();
    throw Error(ErrorKind::spec,
                "nothing says where Debian packages come from: the spec has no `debian:`, WHITTLE_DEBIAN is "
                "not set, and apt on this machine has no sources")
        .hint(
            "write `debian: {archives: [{uris: […], suite: …, signed-by: FILE}]}` in the spec, or use `base: "
            "scratch`");
  }
  archives_ = std::move(apt.archives);
  return *archives_;
}

const packages::PackageContext& Origins::packages() {
  if (!packages_)
    packages_.emplace(packages::PackageContext{web(), cache_.folder() / "packages", reporter_, stop_});
  return *packages_;
}

std::optional<std::filesystem::path> Origins::from_store(const packages::PinnedPackage& package) {
  for (const auto& store : spec_.debian.stores) {
    try {
      const auto source = access_.source(registry::Place::parse(store));
      auto blob = source->open_blob({"application/vnd.debian.binary-package", package.digest, package.size});
      return packages::keep_package(package, std::move(blob), packages());
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
    }
  }
  return std::nullopt;
}

std::filesystem::path Origins::package(const LockedPackage& locked) {
  if (auto kept = packages::find_package(locked.package, packages())) return *kept;
  std::vector<std::string> roots;
  const auto add = [&](bool same_suite) {
    for (const auto& archive : archives())
      if ((archive.suite == locked.archive) == same_suite)
        roots.insert(roots.end(), archive.uris.begin(), archive.uris.end());
  };
  add(true);
  add(false);
  try {
    return packages::fetch_package(locked.package, roots, packages());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found || options_.offline) throw;
    if (auto stored = from_store(locked.package)) return *stored;
    throw;
  }
}

}  // namespace whittle::builder
