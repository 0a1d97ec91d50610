#include "registry/layout_image.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/foreign_layers.hpp"
#include "registry/referral.hpp"
#include "registry/reporting_source.hpp"
#include "registry/tree.hpp"

namespace whittle::registry {
namespace {

namespace media_type = layers::media_type;

}  // namespace

layers::Document LayoutSource::root() {
  if (wanted_.digest) {
    const auto listed = layout_.find(*wanted_.digest);
    return read_document(*wanted_.digest, listed ? listed->media_type : std::string());
  }
  if (const auto found = layout_.find(wanted_.name)) return manifest(*found);
  Error error(ErrorKind::not_found, fmt::format("there is no image {}", place_));
  const auto names = layout_.names();
  if (!names.empty())
    error.hint(fmt::format("there are: {}", escaped(fmt::format("{}", fmt::join(names, ", ")), false, 1000)));
  throw error;
}

layers::Document LayoutSource::manifest(const layers::Descriptor& descriptor) {
  auto document = read_document(descriptor.digest, descriptor.media_type);
  if (document.bytes.size() != descriptor.size)
    throw Error(ErrorKind::integrity,
                fmt::format("manifest {} in {} has {} bytes, its descriptor states {}",
                            descriptor.digest.text(), place_, document.bytes.size(), descriptor.size));
  return document;
}

layers::Document LayoutSource::read_document(const Digest& digest, const std::string& type) const {
  auto bytes = layout_.read_blob(digest, JsonLimits().bytes);
  if (!bytes)
    throw Error(ErrorKind::not_found, fmt::format("manifest {} is not in {}", digest.text(), place_));
  const auto what = fmt::format("manifest {} in {}", digest.text(), place_);
  return settled_document(type, std::move(*bytes), digest, what);
}

std::unique_ptr<ByteSource> LayoutSource::open_blob(const layers::Descriptor& descriptor) {
  return layout_.open_blob(descriptor);
}

std::vector<layers::Descriptor> LayoutSource::referrers(const Digest& subject) {
  std::call_once(once_, [&] { referrers_ = read_referrers(); });
  std::vector<layers::Descriptor> list;
  if (const auto found = referrers_.find(subject); found != referrers_.end()) list = found->second;
  const auto index = tagged(referrers_tag(subject));
  if (index && media_type::is_index(index->media_type))
    for (const auto& one :
         layers::parse_index(*index, fmt::format("the list of referrers in {}", place_)).manifests)
      if (std::none_of(list.begin(), list.end(),
                       [&](const auto& other) { return other.digest == one.digest; }))
        list.push_back(one);
  return list;
}

// What a layout lists and lacks is not for this image to complain of.
LayoutSource::ReferrersOf LayoutSource::read_referrers() const {
  ReferrersOf all;
  for (const auto& entry : layout_.entries()) {
    if (!media_type::is_index(entry.media_type) && !media_type::is_manifest(entry.media_type)) continue;
    if (!layout_.has_blob(entry.digest, entry.size)) continue;
    const auto document = read_document(entry.digest, entry.media_type);
    const auto referral =
        referral_of(document, fmt::format("manifest {} in {}", entry.digest.text(), place_));
    if (referral) all[referral->subject.digest].push_back(referral->referrer);
  }
  return all;
}

std::optional<layers::Document> LayoutSource::tagged(const std::string& tag) {
  const auto found = layout_.find(std::optional(wanted_.prefix + tag));
  return found ? std::optional(manifest(*found)) : std::nullopt;
}

LayoutDestination::LayoutDestination(std::filesystem::path folder, AtomicFile::Durability durability,
                                     std::string prefix, std::optional<Digest> only, std::string place)
    : folder_(std::move(folder)),
      durability_(durability),
      prefix_(std::move(prefix)),
      only_(std::move(only)),
      place_(std::move(place)) {
  Layout::check_may_be_made(folder_);
  present();  // a broken one is told before anything is fetched
}

// The layout if there is one. A folder without `oci-layout` holds the beginnings of one at most.
const Layout* LayoutDestination::present() {
  const std::lock_guard lock(mutex_);
  std::error_code ignored;
  if (!layout_ && std::filesystem::exists(folder_ / "oci-layout", ignored))
    layout_ = Layout::open_or_create(folder_, durability_);
  return layout_ ? &*layout_ : nullptr;
}

Layout& LayoutDestination::made() {
  const std::lock_guard lock(mutex_);
  if (!layout_) layout_ = Layout::open_or_create(folder_, durability_);
  return *layout_;
}

std::optional<Digest> LayoutDestination::current(const std::string& tag) {
  const Layout* layout = present();
  const auto found = layout == nullptr ? std::nullopt : layout->find(std::optional(prefix_ + tag));
  if (!found || !is_complete(*layout, *found, 0)) return std::nullopt;
  return found->digest;
}

bool LayoutDestination::is_complete(const Layout& layout, const layers::Descriptor& descriptor,
                                    unsigned depth) const {
  if (depth > index_depth_limit || !layout.has_blob(descriptor.digest, descriptor.size)) return false;
  if (!media_type::is_index(descriptor.media_type) && !media_type::is_manifest(descriptor.media_type))
    return true;
  const auto bytes = layout.read_blob(descriptor.digest, JsonLimits().bytes);
  if (!bytes) return false;
  const layers::Document document(descriptor.media_type, *bytes, descriptor.digest);
  const auto what = fmt::format("manifest {} in {}", descriptor.digest.text(), place_);
  if (media_type::is_index(descriptor.media_type)) {
    for (const auto& child : layers::parse_index(document, what).manifests)
      if (!is_complete(layout, child, depth + 1)) return false;
    return true;
  }
  const auto manifest = layers::parse_manifest(document, what);
  if (!layout.has_blob(manifest.config.digest, manifest.config.size)) return false;
  for (const auto& layer : manifest.layers)
    if (!is_nondistributable(layer) && !layout.has_blob(layer.digest, layer.size)) return false;
  return true;
}

bool LayoutDestination::has_blob(const layers::Descriptor& descriptor) {
  const Layout* layout = present();
  return layout != nullptr && layout->has_blob(descriptor.digest, descriptor.size);
}

bool LayoutDestination::has_manifest(const layers::Descriptor& descriptor) {
  const Layout* layout = present();
  return layout != nullptr && layout->has_blob(descriptor.digest, descriptor.size);
}

void LayoutDestination::put_blob(const layers::Descriptor& descriptor, const OpenSource& open, Task& task) {
  const auto what = fmt::format("blob {}", descriptor.digest.text());
  Progress progress(task);
  ReportingSource source(std::make_unique<VerifiedSource>(open(), descriptor.digest, descriptor.size, what),
                         progress);
  made().put_blob(source, descriptor.digest);
}

void LayoutDestination::put_manifest(const layers::Document& document, const std::string& tag) {
  made().put_blob(document.bytes, document.digest);
  if (!tag.empty()) return name(document, prefix_ + tag);
  const auto referral = referral_of(document, fmt::format("manifest {}", document.digest.text()));
  if (referral) made().set({}, referral->referrer);
}

std::set<Digest> LayoutDestination::listed(const std::vector<layers::Document>& referrers) {
  const Layout* layout = present();
  if (layout == nullptr) return {};
  std::set<Digest> there;
  for (const auto& referrer : referrers)
    if (const auto found = layout->find(referrer.digest); found && is_complete(*layout, *found, 0))
      there.insert(referrer.digest);
  return there;
}

void LayoutDestination::put_root(const layers::Document& root, const std::vector<std::string>& tags) {
  made().put_blob(root.bytes, root.digest);
  if (tags.empty()) name(root, {});
  for (const auto& tag : tags) name(root, prefix_ + tag);
}

void LayoutDestination::name(const layers::Document& document, const std::string& name) {
  if (only_ && *only_ != document.digest)
    throw Error(ErrorKind::integrity, fmt::format("{} accepts {} only, the image is {}", place_,
                                                  only_->text(), document.digest.text()));
  made().set(name, document.descriptor());
}

}  // namespace whittle::registry
