#include "serving/served_store.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/foreign_layers.hpp"
#include "registry/layout_index.hpp"
#include "registry/reference.hpp"
#include "registry/referral.hpp"
#include "registry/tree.hpp"

namespace whittle::serving {
namespace {

constexpr std::size_t most_verified = 100'000;  // digests remembered
constexpr std::size_t most_pushed_to = 10'000;  // repositories remembered

struct Named {
  std::string repository;
  std::string tag;
};

bool is_host(std::string_view part) {
  return part == "localhost" || part.find_first_of(".:") != std::string_view::npos;
}

// What a name in index.json stands for; nothing when it cannot be pulled under any name.
std::optional<Named> named(const std::string& name, const std::string& own_repository) {
  if (registry::is_tag(name)) return Named{own_repository, name};
  const auto colon = name.rfind(':');
  const auto slash = name.rfind('/');
  const bool tagged = colon != std::string::npos && (slash == std::string::npos || slash < colon);
  auto repository = name.substr(0, tagged ? colon : name.size());
  const auto tag = tagged ? name.substr(colon + 1) : "latest";
  if (const auto first = repository.find('/');
      first != std::string::npos && is_host(repository.substr(0, first)))
    repository.erase(0, first + 1);
  if (!registry::is_tag(tag) || !is_repository(repository)) return std::nullopt;
  return Named{repository, tag};
}

}  // namespace

bool is_repository(std::string_view name) {
  try {
    const auto reference = registry::Reference::parse(fmt::format("localhost/{}", name));
    return reference.repository == name && reference.tag.empty() && !reference.digest;
  } catch (const Error&) {
    return false;
  }
}

std::string repository_named(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9'))
      name += lower;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  while (name.ends_with('-')) name.pop_back();
  return is_repository(name) ? name : "images";
}

ServedStore::ServedStore(registry::Layout layout, std::string own_repository, std::string own_prefix)
    : layout_(std::move(layout)),
      own_repository_(std::move(own_repository)),
      own_prefix_(std::move(own_prefix)) {
  listing();  // what is wrong with it is told at once
}

ServedStore::Identity ServedStore::identity_of(const struct stat& status) {
  const auto nanoseconds = [](const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim)};
}

std::shared_ptr<const Listing> ServedStore::listing() {
  struct stat status {};
  const auto path = layout_.folder() / registry::index_file;
  if (::lstat(path.c_str(), &status) != 0)
    throw_errno(errno, fmt::format("examining {}", escaped(path.native(), false, 4096)));
  const auto identity = identity_of(status);
  const std::lock_guard lock(mutex_);
  if (!listing_ || identity != listed_) {
    listing_ = read_listing();
    listed_ = identity;  // older than what was read, at worst: then it is read once more
  }
  return listing_;
}

std::shared_ptr<const Listing> ServedStore::read_listing() const {
  auto listing = std::make_shared<Listing>();
  listing->repositories[own_repository_];
  for (const auto& entry : layout_.entries()) add(*listing, entry);
  listing->source = std::make_shared<registry::LayoutSource>(layout_, registry::LayoutSource::Wanted{},
                                                             layout_.folder().native());
  return listing;
}

void ServedStore::add(Listing& listing, const layers::Descriptor& entry) const {
  listing.types.emplace(entry.digest, entry.media_type);
  const auto name = entry.annotations.find(std::string(registry::ref_name));
  if (name == entry.annotations.end()) return;
  if (const auto place = named(name->second, own_repository_))
    listing.repositories[place->repository].insert_or_assign(place->tag, entry);
}

std::optional<layers::Document> ServedStore::document(const Digest& digest) {
  const auto known = listing();
  const auto type = known->types.find(digest);
  struct stat status {};
  const auto file = layout_.open_blob_file(digest);
  // A layer is asked for as a manifest: it would only be read to find out.
  if (!file || ::fstat(file->get(), &status) != 0 || std::cmp_greater(status.st_size, JsonLimits().bytes))
    return std::nullopt;
  auto bytes = layout_.read_blob(digest, JsonLimits().bytes);
  if (!bytes) return std::nullopt;
  try {
    auto document = registry::settled_document(type == known->types.end() ? std::string() : type->second,
                                               std::move(*bytes), digest, digest.text());
    if (layers::media_type::is_index(document.media_type) ||
        layers::media_type::is_manifest(document.media_type))
      return document;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io || error.kind() == ErrorKind::machine_limit) throw;
  }
  return std::nullopt;  // a blob of another kind
}

std::optional<ServedStore::Blob> ServedStore::blob(const Digest& digest) {
  auto file = layout_.open_blob_file(digest);
  if (!file) return std::nullopt;
  struct stat status {};
  if (::fstat(file->get(), &status) != 0) throw_errno(errno, fmt::format("examining blob {}", digest.text()));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const auto identity = identity_of(status);
  {
    const std::lock_guard lock(mutex_);
    const auto known = verified_.find(digest);
    if (known != verified_.end() && known->second == identity) return Blob{std::move(*file), size};
  }
  CountingSink nowhere;
  const auto source = layout_.open_blob({{}, digest, size});
  pump(*source, nowhere);
  const std::lock_guard lock(mutex_);
  if (verified_.size() >= most_verified) verified_.clear();
  verified_.insert_or_assign(digest, identity);
  return Blob{std::move(*file), size};
}

std::vector<layers::Descriptor> ServedStore::referrers(const Digest& subject) {
  return listing()->source->referrers(subject);
}

bool ServedStore::was_pushed_to(const std::string& repository) {
  const std::lock_guard lock(mutex_);
  return pushed_to_.contains(repository);
}

void ServedStore::put_blob(ByteSource& source, const Digest& digest, const std::string& repository) {
  layout_.put_blob(source, digest);
  const std::lock_guard lock(mutex_);
  if (pushed_to_.size() < most_pushed_to) pushed_to_.insert(repository);
}

// A tag never stands without its image.
void ServedStore::require_parts(const layers::Document& document) const {
  const auto require = [&](const layers::Descriptor& part) {
    if (!layout_.has_blob(part.digest, part.size))
      throw Error(ErrorKind::not_found,
                  fmt::format("{} of {} bytes is not there", part.digest.text(), part.size));
  };
  if (layers::media_type::is_index(document.media_type)) {
    for (const auto& child : layers::parse_index(document, "the index").manifests) require(child);
  } else if (layers::media_type::is_manifest(document.media_type)) {
    const auto manifest = layers::parse_manifest(document, "the manifest");
    require(manifest.config);
    for (const auto& layer : manifest.layers)
      if (!registry::is_nondistributable(layer)) require(layer);
  } else {
    throw Error(ErrorKind::unsupported,
                fmt::format("{} is no type of a manifest", shown(document.media_type)));
  }
}

// The name that the tag has already, whoever gave it.
std::string ServedStore::name_of(const std::string& repository, const std::string& tag) {
  const auto known = listing();
  if (const auto found = known->repositories.find(repository); found != known->repositories.end())
    if (const auto entry = found->second.find(tag); entry != found->second.end())
      return entry->second.annotations.at(std::string(registry::ref_name));
  return repository == own_repository_ ? own_prefix_ + tag : fmt::format("{}:{}", repository, tag);
}

std::optional<Digest> ServedStore::put_manifest(const std::string& repository, const std::string& tag,
                                                std::string_view type, std::string bytes,
                                                const Digest& digest) {
  const auto document = registry::settled_document(type, std::move(bytes), digest, "the manifest");
  require_parts(document);
  const auto referral = registry::referral_of(document, "the manifest");
  layout_.put_blob(document.bytes, digest);
  if (!tag.empty())
    layout_.set(name_of(repository, tag), document.descriptor());
  else if (referral)
    layout_.set("", document.descriptor());  // which is found by its subject
  return referral ? std::optional(referral->subject.digest) : std::nullopt;
}

}  // namespace whittle::serving
