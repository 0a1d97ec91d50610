#include "registry/docker_archive.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/compression.hpp"
#include "layers/config.hpp"
#include "layers/decoders.hpp"
#include "layers/json_fields.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/oci_archive.hpp"
#include "registry/tar_image.hpp"
#include "registry/tree.hpp"

namespace whittle::registry {
namespace {

namespace media_type = layers::media_type;

constexpr std::string_view manifest_file = "manifest.json";

// Stops between two reads, and passes on what it reads.
class HashedSource final : public ByteSource {
 public:
  HashedSource(std::unique_ptr<ByteSource> inner, Hasher& hasher, std::stop_token stop)
      : inner_(std::move(inner)), hasher_(hasher), stop_(std::move(stop)) {}
  std::size_t read(MutableBytes buffer) override {
    throw_if_stopped(stop_);
    const auto count = inner_->read(buffer);
    hasher_.write(Bytes(buffer).first(count));
    return count;
  }

 private:
  std::unique_ptr<ByteSource> inner_;
  Hasher& hasher_;
  std::stop_token stop_;
};

std::string_view layer_type(ByteSource& start) {
  std::array<std::byte, 4> buffer{};
  std::size_t filled = 0;
  while (const auto count = filled < buffer.size() ? start.read(MutableBytes(buffer).subspan(filled)) : 0)
    filled += count;
  const auto bytes = Bytes(buffer).first(filled);
  return layers::begins_gzip(bytes)   ? media_type::oci_layer_gzip
         : layers::begins_zstd(bytes) ? media_type::oci_layer_zstd
                                      : media_type::oci_layer;
}

// What a name means in full, whichever way it is written; nothing when it is none.
std::optional<std::string> full_name(const Reference& reference) {
  return fmt::format("{}:{}", reference.name(), reference.tag.empty() ? "latest" : reference.tag);
}
std::optional<std::string> full_name(const std::string& text) {
  try {
    return full_name(Reference::parse(text));
  } catch (const Error&) {
    return std::nullopt;
  }
}

// A configuration's file is named after its digest: `HEX.json`, or `blobs/sha256/HEX`.
void check_config_name(const std::string& path, const Digest& digest, const std::string& what) {
  auto name = path.substr(path.rfind('/') + 1);
  if (name.ends_with(".json")) name.resize(name.size() - 5);
  const bool is_digest =
      name.size() == digest.hex().size() && name.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (is_digest && name != digest.hex())
    throw Error(ErrorKind::integrity, fmt::format("{} has the digest {}", what, digest.text()));
}

}  // namespace

DockerArchiveSource::DockerArchiveSource(std::shared_ptr<const Archive> archive, Wanted wanted,
                                         std::string place, Reporter& reporter, std::stop_token stop,
                                         const Limits& limits)
    : archive_(std::move(archive)),
      wanted_(std::move(wanted)),
      place_(std::move(place)),
      reporter_(reporter),
      stop_(std::move(stop)),
      limits_(limits) {
  read_images();
  index_ = read_layout_index(*archive_);
}

void DockerArchiveSource::read_images() {
  const auto what = archive_->naming(manifest_file);
  const auto text = archive_->read(manifest_file, docker_manifest_limit);
  if (!text)
    throw Error(ErrorKind::integrity, fmt::format("{} is missing: it is not what `docker save` writes", what))
        .hint("an image layout in a tar is read as oci-archive:FILE");
  const auto json = parse_json(*text, what);
  if (!json.is_array()) throw Error(ErrorKind::integrity, fmt::format("{} is not a list", what));
  for (const auto& item : json) {
    const layers::JsonFields fields(item, what);
    images_.push_back({fields.required_text("Config"), fields.texts("RepoTags"), fields.texts("Layers")});
  }
}

std::string DockerArchiveSource::listed() const {
  std::vector<std::string> names;
  for (const auto& image : images_) names.push_back(image.names.empty() ? "(nameless)" : image.names.front());
  return escaped(fmt::format("{}", fmt::join(names, ", ")), false, 1000);
}

// The images that the reference names; all of them without one.
std::vector<const DockerArchiveSource::Image*> DockerArchiveSource::candidates() const {
  std::vector<const Image*> found;
  for (const auto& image : images_) {
    const auto is_wanted = [&](const std::string& name) {
      return full_name(name) == full_name(*wanted_.reference);
    };
    if (!wanted_.reference || std::any_of(image.names.begin(), image.names.end(), is_wanted))
      found.push_back(&image);
  }
  return found;
}

DockerArchiveSource::Chosen DockerArchiveSource::choose() const {
  const auto found = candidates();
  if (found.empty()) {
    Error error(ErrorKind::not_found, fmt::format("there is no image {}", escaped(place_, false, 4096)));
    if (!images_.empty()) error.hint(fmt::format("there are: {}", listed()));
    throw error;
  }
  if (wanted_.digest) {
    for (const auto* image : found)
      if (auto read = read_image(*image); read.root.digest == *wanted_.digest) return read;
    throw Error(ErrorKind::not_found,
                fmt::format("manifest {} is not in {}", wanted_.digest->text(), archive_->name()));
  }
  if (found.size() > 1)
    throw Error(ErrorKind::usage, fmt::format("{} holds several images", archive_->name()))
        .hint(fmt::format("name one of them as docker-archive:FILE:REF: {}", listed()));
  return read_image(*found.front());
}

Archive::Member DockerArchiveSource::require_member(const std::string& path) const {
  const auto member = archive_->find(path);
  if (!member)
    throw Error(ErrorKind::integrity,
                fmt::format("{}, which {} names, is missing", archive_->naming(path), manifest_file));
  return *member;
}

DockerArchiveSource::Chosen DockerArchiveSource::read_image(const Image& image) const {
  const auto what = archive_->naming(image.config);
  require_member(image.config);
  const auto config = archive_->read(image.config, JsonLimits().bytes);
  const auto digest = Digest::of(*config);
  check_config_name(image.config, digest, what);
  if (auto kept = kept_manifest(image, digest)) return {std::move(*kept)};
  return made_manifest(image, *config);
}

// The manifest of the layout that has this configuration. Its layers must be the ones that manifest.json
// names, or readers of the two would get different images.
std::optional<layers::Document> DockerArchiveSource::kept_manifest(const Image& image,
                                                                   const Digest& config) const {
  if (!index_) return std::nullopt;
  struct Pending {
    layers::Descriptor descriptor;
    unsigned depth;
  };
  std::vector<Pending> pending;
  const auto what = archive_->naming(index_file);
  for (const auto& entry : index_->manifests()) pending.push_back({layers::parse_descriptor(entry, what), 0});
  bool contradicts = false;
  std::set<Digest> seen;
  for (std::size_t read = 0; read < pending.size(); ++read) {
    throw_if_stopped(stop_);
    if (pending.size() > documents_limit)
      throw Error(ErrorKind::limit, fmt::format("{} has more than the limit of {} manifests",
                                                archive_->name(), documents_limit));
    const auto [descriptor, depth] = pending[read];
    const bool known =
        media_type::is_index(descriptor.media_type) || media_type::is_manifest(descriptor.media_type);
    if (!known || depth > index_depth_limit || !seen.insert(descriptor.digest).second) continue;
    // Of an index Docker saves the platforms that it has.
    const auto document = read_layout_document(*archive_, descriptor.digest, descriptor.media_type);
    if (!document) continue;
    const auto named = archive_->naming(blob_member(descriptor.digest));
    if (media_type::is_index(document->media_type)) {
      for (const auto& child : layers::parse_index(*document, named).manifests)
        pending.push_back({child, depth + 1});
      continue;
    }
    const auto manifest = layers::parse_manifest(*document, named);
    if (manifest.config.digest != config) continue;
    const auto same = [&](const layers::Descriptor& layer, const std::string& path) {
      return archive_->find(blob_member(layer.digest)) == archive_->find(path);
    };
    if (std::equal(manifest.layers.begin(), manifest.layers.end(), image.layers.begin(), image.layers.end(),
                   same))
      return document;
    contradicts = true;
  }
  if (contradicts)
    throw Error(ErrorKind::integrity,
                fmt::format("{} and {} give the image {} different layers", archive_->naming(manifest_file),
                            index_file, config.text()));
  return std::nullopt;
}

DockerArchiveSource::Chosen DockerArchiveSource::made_manifest(const Image& image,
                                                               const std::string& config) const {
  const auto parsed = layers::parse_config(config, archive_->naming(image.config));
  if (parsed.diff_ids.size() != image.layers.size())
    throw Error(ErrorKind::integrity,
                fmt::format("{} names {} layers, the image's configuration {}",
                            archive_->naming(manifest_file), image.layers.size(), parsed.diff_ids.size()));
  Members members;
  layers::Manifest manifest{std::string(media_type::oci_manifest),
                            {std::string(media_type::oci_config), Digest::of(config), config.size()},
                            {}};
  members.emplace(manifest.config.digest, require_member(image.config));
  // A layer that is named again and again is read once.
  std::map<std::pair<Archive::Member, Digest>, layers::Descriptor> known;
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    const auto member = require_member(image.layers[i]);
    const auto& diff_id = parsed.diff_ids[i];
    auto found = known.find({member, diff_id});
    if (found == known.end())
      found = known
                  .emplace(std::pair(member, diff_id),
                           layer_of(member, diff_id, archive_->naming(image.layers[i])))
                  .first;
    manifest.layers.push_back(found->second);
    members.emplace(manifest.layers.back().digest, member);
  }
  return {layers::write_manifest(manifest), std::move(members), true};
}

// A plain layer is named by its diffID, which whoever reads it verifies. A compressed one is read to learn
// its digest, and decompressed on the way to verify the diffID.
layers::Descriptor DockerArchiveSource::layer_of(const Archive::Member& member, const Digest& diff_id,
                                                 const std::string& what) const {
  const auto type = layer_type(*archive_->open_member(member));
  if (type == media_type::oci_layer) return {std::string(type), diff_id, member.size};
  Hasher stored;
  Hasher unpacked(diff_id.algorithm());
  const auto plain = layers::decompress(
      std::make_unique<HashedSource>(archive_->open_member(member), stored, stop_), what, limits_);
  pump(*plain, unpacked);
  if (const auto digest = unpacked.finish(); digest != diff_id)
    throw Error(ErrorKind::integrity, fmt::format("{} unpacks to {}, the image's configuration states {}",
                                                  what, digest.text(), diff_id.text()));
  return {std::string(type), stored.finish(), member.size};
}

const DockerArchiveSource::Chosen& DockerArchiveSource::chosen() {
  const std::lock_guard lock(mutex_);
  if (chosen_) return *chosen_;
  chosen_ = choose();
  if (chosen_->made)
    reporter_.note(
        fmt::format("{} holds no manifest: one was made, {}, which is not the digest that the image had "
                    "in a registry",
                    archive_->name(), chosen_->root.digest.text()));
  return *chosen_;
}

layers::Document DockerArchiveSource::root() {
  return chosen().root;
}

layers::Document DockerArchiveSource::manifest(const layers::Descriptor& descriptor) {
  if (const auto& root = chosen().root; root.digest == descriptor.digest) return root;
  auto found = read_layout_document(*archive_, descriptor.digest, descriptor.media_type);
  if (!found)
    throw Error(ErrorKind::not_found,
                fmt::format("manifest {} is not in {}", descriptor.digest.text(), archive_->name()));
  return std::move(*found);
}

std::unique_ptr<ByteSource> DockerArchiveSource::open_blob(const layers::Descriptor& descriptor) {
  const auto& members = chosen().members;
  const auto found = members.find(descriptor.digest);
  if (found == members.end()) return open_layout_blob(*archive_, descriptor);
  return std::make_unique<VerifiedSource>(
      archive_->open_member(found->second), descriptor.digest, descriptor.size,
      fmt::format("blob {} in {}", descriptor.digest.text(), archive_->name()));
}

}  // namespace whittle::registry
