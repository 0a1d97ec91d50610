#include "registry/access.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "registry/layout.hpp"
#include "registry/layout_image.hpp"

namespace whittle::registry {
namespace {

constexpr std::string_view default_tag = "latest";

// The name that an image of the store has in the store's layout.
std::string store_name(const Place& place) {
  return fmt::format("{}:{}", place.name, place.tag.empty() ? default_tag : place.tag);
}

std::unique_ptr<ImageSource> open_layout(const Place& place) {
  LayoutSource::Wanted wanted{place.tag.empty() ? std::nullopt : std::optional(place.tag), place.digest};
  return std::make_unique<LayoutSource>(Layout::open(place.folder), std::move(wanted), place.text());
}

std::unique_ptr<ImageSource> open_store(const Place& place, const std::filesystem::path& folder) {
  try {
    LayoutSource::Wanted wanted{store_name(place), place.digest};
    return std::make_unique<LayoutSource>(Layout::open(folder), std::move(wanted), place.text());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    throw Error(ErrorKind::not_found, fmt::format("there is no image {}: nothing was built here yet", place.text()));
  }
}

}  // namespace

struct Access::Shared {
  AccessOptions options;
  Reporter& reporter;
  std::stop_token stop;
};

Access::Access(AccessOptions options, Reporter& reporter, std::stop_token stop)
    : shared_(std::make_shared<Shared>(Shared{std::move(options), reporter, std::move(stop)})) {}
Access::~Access() = default;

std::unique_ptr<ImageSource> Access::source(const Place& place) {
  if (place.kind == Place::Kind::layout) return open_layout(place);
  if (place.kind == Place::Kind::store) return open_store(place, shared_->options.store);
  throw Error(ErrorKind::unsupported, "registries are not supported yet");
}

std::unique_ptr<ImageDestination> Access::destination(const Place& place) {
  using Durability = AtomicFile::Durability;
  if (place.kind == Place::Kind::layout)
    return std::make_unique<LayoutDestination>(Layout::open_or_create(place.folder, Durability::synced), std::string(),
                                               place.digest, place.text());
  if (place.kind == Place::Kind::store)
    return std::make_unique<LayoutDestination>(Layout::open_or_create(shared_->options.store, Durability::content),
                                               place.name + ':', place.digest, place.text());
  throw Error(ErrorKind::unsupported, "registries are not supported yet");
}

}  // namespace whittle::registry
