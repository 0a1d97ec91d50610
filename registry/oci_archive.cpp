#include "registry/oci_archive.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/error.hpp"
#include "common/text.hpp"
#include "registry/tar_image.hpp"
#include "registry/tree.hpp"

namespace whittle::registry {
namespace {

LayoutIndex require_index(const Archive& archive) {
  auto index = read_layout_index(archive);
  if (!index)
    throw Error(ErrorKind::integrity,
                fmt::format("{} holds no image layout: {} is missing", archive.name(), index_file))
        .hint("what `docker save` wrote is read as docker-archive:FILE");
  return std::move(*index);
}

}  // namespace

std::optional<layers::Document> read_layout_document(const Archive& archive, const Digest& digest,
                                                     const std::string& media_type) {
  const auto path = blob_member(digest);
  const auto member = archive.find(path);
  if (!member) return std::nullopt;
  VerifiedSource source(archive.open_member(*member), digest, member->size, archive.naming(path));
  auto bytes = read_all(source, JsonLimits().bytes, archive.naming(path));
  return settled_document(media_type, std::move(bytes), digest, archive.naming(path));
}

std::unique_ptr<ByteSource> open_layout_blob(const Archive& archive, const layers::Descriptor& descriptor) {
  const auto path = blob_member(descriptor.digest);
  const auto member = archive.find(path);
  if (!member) throw Error(ErrorKind::not_found, fmt::format("there is no {}", archive.naming(path)));
  if (member->size != descriptor.size)
    throw Error(ErrorKind::integrity, fmt::format("{} has {} bytes, its descriptor states {}",
                                                  archive.naming(path), member->size, descriptor.size));
  return std::make_unique<VerifiedSource>(archive.open_member(*member), descriptor.digest, descriptor.size,
                                          archive.naming(path));
}

std::optional<LayoutIndex> read_layout_index(const Archive& archive) {
  auto index = archive.read(index_file, JsonLimits().bytes);
  if (!index) return std::nullopt;
  const auto layout = archive.read(layout_file, layout_file_limit);
  if (!layout) throw Error(ErrorKind::integrity, fmt::format("{} is missing", archive.naming(layout_file)));
  check_layout_text(*layout, archive.naming(layout_file));
  return LayoutIndex(std::move(*index), archive.naming(index_file), archive.name());
}

OciArchiveSource::OciArchiveSource(std::shared_ptr<const Archive> archive, Wanted wanted, std::string place)
    : archive_(std::move(archive)),
      index_(require_index(*archive_)),
      wanted_(std::move(wanted)),
      place_(std::move(place)) {}

layers::Document OciArchiveSource::root() {
  if (wanted_.digest) {
    const auto listed = index_.find(*wanted_.digest);
    return document(*wanted_.digest, listed ? listed->media_type : std::string());
  }
  if (const auto found = index_.find(wanted_.name)) return manifest(*found);
  Error error(ErrorKind::not_found, fmt::format("there is no image {}", escaped(place_, false, 4096)));
  const auto names = index_.names();
  if (!names.empty())
    error.hint(fmt::format("there are: {}", escaped(fmt::format("{}", fmt::join(names, ", ")), false, 1000)));
  throw error;
}

layers::Document OciArchiveSource::manifest(const layers::Descriptor& descriptor) {
  auto found = document(descriptor.digest, descriptor.media_type);
  if (found.bytes.size() != descriptor.size)
    throw Error(ErrorKind::integrity,
                fmt::format("manifest {} in {} has {} bytes, its descriptor states {}",
                            descriptor.digest.text(), archive_->name(), found.bytes.size(), descriptor.size));
  return found;
}

layers::Document OciArchiveSource::document(const Digest& digest, const std::string& media_type) const {
  auto found = read_layout_document(*archive_, digest, media_type);
  if (!found)
    throw Error(ErrorKind::not_found,
                fmt::format("manifest {} is not in {}", digest.text(), archive_->name()));
  return std::move(*found);
}

std::unique_ptr<ByteSource> OciArchiveSource::open_blob(const layers::Descriptor& descriptor) {
  return open_layout_blob(*archive_, descriptor);
}

}  // namespace whittle::registry
