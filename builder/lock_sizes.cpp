#include "builder/lock_sizes.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "layers/manifest.hpp"
#include "registry/place.hpp"
#include "toolchains/toolchain_id.hpp"

namespace whittle::builder {
namespace {

// All layers of its platforms, each once.
std::uint64_t size_of(const std::string& name, const LockedImage& image, Origins& origins) {
  std::map<Digest, std::uint64_t> layers;
  for (const auto& [platform, digest] : image.manifests) {
    auto place = registry::Place::parse(name);
    place.digest = place.reference->digest = digest;
    const auto manifest = layers::parse_manifest(origins.access().source(place)->root(), name);
    for (const auto& layer : manifest.layers) layers.emplace(layer.digest, layer.size);
  }
  std::uint64_t size = 0;
  for (const auto& [digest, bytes] : layers) size += bytes;
  return size;
}

std::optional<std::uint64_t> size_of_toolchain(const std::string& version, const std::string& platform,
                                               Origins& origins) {
  const auto slash = platform.find('/');
  const auto release = toolchains::GoVersion::parse(version);
  if (!release || slash == std::string::npos) return std::nullopt;
  const toolchains::ToolchainId id{*release, platform.substr(0, slash), platform.substr(slash + 1)};
  return origins.go_proxy().size_of(
      {std::string(toolchains::toolchain_module), id.module_version() + ".zip"});
}

// Nothing for whatever cannot be had.
template <class Ask>
std::optional<std::uint64_t> if_told(const Ask& ask) {
  try {
    return ask();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    return std::nullopt;
  }
}

}  // namespace

LockSizes sizes_of_new(const Lock& before, const Lock& after, Origins& origins) {
  LockSizes sizes;
  if (origins.options().offline) return sizes;
  for (const auto& [name, image] : after.images) {
    const auto old = before.images.find(name);
    if (old != before.images.end() && old->second == image) continue;
    const auto size =
        if_told([&, &name = name, &image = image] { return std::optional(size_of(name, image, origins)); });
    if (size) sizes.images.emplace(name, *size);
  }
  if (!after.go) return sizes;
  const auto known = before.go.value_or(LockedGo()).toolchains;
  for (const auto& [platform, hash] : after.go->toolchains) {
    if (known.contains(platform) && known.at(platform) == hash) continue;
    const auto size = if_told(
        [&, &platform = platform] { return size_of_toolchain(after.go->version, platform, origins); });
    if (size) sizes.toolchains.emplace(platform, *size);
  }
  return sizes;
}

}  // namespace whittle::builder
