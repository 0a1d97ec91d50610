#include "registry/registry_destination.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "registry/answers.hpp"
#include "registry/blob_upload.hpp"
#include "registry/outcome.hpp"
#include "registry/referrers.hpp"
#include "registry/registry_source.hpp"
#include "registry/reporting_source.hpp"

namespace whittle::registry {
namespace {

constexpr std::size_t mounts_tried = 3;
constexpr int writers_waited_for = 6;  // times

// A registry that keeps files reads the link to a blob while another writer has just emptied it to write the
// same again: it then says of the manifest that a part is unknown, and of the empty link that its digest is
// invalid. Both together are said of nothing that is truly absent.
bool is_being_written(const RegistryError& error) {
  return error.has_code("MANIFEST_BLOB_UNKNOWN") && error.has_code("DIGEST_INVALID");
}
// The same of the blob itself, whose digest was well-formed when it was asked for; or its link has stayed
// empty since the registry was killed, which sending it again mends.
bool has_empty_link(const RegistryError& error) {
  return error.status() == 400 && error.has_code("DIGEST_INVALID");
}

// Whether an error leaves open what the registry has done, and `look` shows that it did what was asked.
template <class Look>
bool was_done_anyway(const RegistryError& error, const Look& look) {
  if (outcome_of(error) != Outcome::unclear) return false;
  try {
    return look();
  } catch (const Error& other) {
    if (other.kind() == ErrorKind::interrupted) throw;
    return false;  // the first error is the one to tell
  }
}

// The tags that an answer says were set, of those that were asked for.
std::set<std::string> confirmed_tags(const Response& response, const std::vector<std::string>& tags) {
  std::set<std::string> set;
  for (auto field : response.headers.all("OCI-Tag")) {
    while (!field.empty()) {
      const auto end = std::min(field.find_first_of(", "), field.size());
      const std::string tag(field.substr(0, end));
      if (std::find(tags.begin(), tags.end(), tag) != tags.end()) set.insert(tag);
      field.remove_prefix(std::min(end + 1, field.size()));
    }
  }
  return set;
}

bool names_zstd(const layers::Document& document) {
  return document.bytes.find("tar+zstd\"") != std::string::npos;
}

// Registries refuse to move a tag with many statuses; their words tell (hostile.md, 153).
bool says_immutable(const RegistryError& error) {
  static constexpr std::array<int, 5> statuses = {400, 403, 405, 409, 412};
  if (std::find(statuses.begin(), statuses.end(), error.status()) == statuses.end()) return false;
  if (error.has_code("TAG_INVALID") || error.has_code("TAG_IMMUTABLE")) return true;
  const auto words = lower_case(error.message());
  return words.find("immutable") != std::string::npos ||
         words.find("cannot be overwritten") != std::string::npos;
}

// A refused manifest, with its type and what to do about it (hostile.md, 152).
RegistryError explained(const RegistryError& error, const layers::Document& document, bool tagged) {
  if (tagged && says_immutable(error)) {
    RegistryError conflict(ErrorKind::remote_conflict,
                           fmt::format("the tag may not be moved: {}", error.message()),
                           {error.status(), error.codes(), error.url(), false});
    return conflict;
  }
  const bool not_taken = error.status() == 415 || error.has_code("UNSUPPORTED") ||
                         (error.status() == 400 && error.has_code("MANIFEST_INVALID"));
  if (!not_taken && error.status() != 413) return error;
  RegistryError explained(error.status() == 413 ? ErrorKind::limit : ErrorKind::unsupported,
                          fmt::format("{} (a manifest of {} bytes, of type {})", error.message(),
                                      document.bytes.size(), document.media_type),
                          {error.status(), error.codes(), error.url(), false});
  for (const auto& hint : error.hints()) explained.hint(hint);
  if (not_taken && names_zstd(document))
    explained.hint(
        "older registries refuse layers compressed with zstd; `compression: gzip` in whittle.yaml makes "
        "others");
  if (not_taken && referral_of(document, "the manifest"))
    explained.hint("older registries refuse manifests that refer to others, as what is attached does");
  return explained;
}

}  // namespace

// A registry may refuse HEAD, or refuse it without words; GET then gives the answer (hostile.md, 140).
bool RegistryDestination::exists(const std::string& path) {
  for (const char* method : {"HEAD", "GET"}) {
    auto request = manifest_request(method, *client_, reference_.repository, {});
    request.url = client_->url(fmt::format("{}/{}", reference_.repository, path));
    request.for_document = false;  // it may be a blob, of which nothing is read
    auto response = client_->send(request, scopes_, reference_.repository);
    if (response.status == 200) return true;
    if (response.status == 404) {
      discard(response);
      return false;
    }
    if (request.method == "HEAD" && response.status < 500 && response.status != 429) {
      discard(response);
      continue;
    }
    try {
      client_->refuse(request, response, reference_.repository);
    } catch (const RegistryError& error) {
      if (!has_empty_link(error)) throw;
    }
  }
  return false;
}

std::optional<Digest> RegistryDestination::current(const std::string& tag) {
  const auto request = manifest_request("HEAD", *client_, reference_.repository, tag);
  auto response = client_->send(request, scopes_, reference_.repository);
  discard(response);
  if (response.status == 404) return std::nullopt;
  if (response.status == 200)
    if (auto digest = stated_digest(response)) return digest;
  if (response.status >= 500 || response.status == 429)
    client_->refuse(request, response, reference_.repository);
  const auto document = fetch_manifest(*client_, scopes_, reference_.repository, tag, std::nullopt);
  return document ? std::optional(document->digest) : std::nullopt;
}

bool RegistryDestination::has_blob(const layers::Descriptor& descriptor) {
  return exists("blobs/" + descriptor.digest.text());
}

bool RegistryDestination::has_manifest(const layers::Descriptor& descriptor) {
  return exists("manifests/" + descriptor.digest.text());
}

bool RegistryDestination::mount_blob(const layers::Descriptor& descriptor,
                                     const std::vector<std::string>& from) {
  std::size_t tried = 0;
  for (const auto& repository : from) {
    if (repository == reference_.repository) continue;
    {
      const std::lock_guard lock(mutex_);
      if (unmountable_.contains(repository)) continue;
    }
    if (tried++ == mounts_tried) return false;
    if (mount_from(descriptor, repository)) return true;
  }
  return false;
}

// A mount that is refused, in whatever way, never fails the push: the blob is sent instead (hostile.md, 149).
bool RegistryDestination::mount_from(const layers::Descriptor& descriptor, const std::string& repository) {
  auto scopes = scopes_;
  scopes.add(Scopes::pull(repository));
  Request request{"POST", client_->url(fmt::format("{}/blobs/uploads/", reference_.repository))};
  request.url =
      request.url.with_parameter("mount", descriptor.digest.text()).with_parameter("from", repository);
  try {
    auto response = client_->send(request, scopes, reference_.repository);
    discard(response);
    if (response.status == 201) {
      check_stored(response, descriptor.digest, fmt::format("mounting a blob in {}", reference_.name()));
      return true;
    }
    if (response.status == 202 && response.headers.find("Location")) {
      auto session = client_->location_of(response, "starting an upload");
      const std::lock_guard lock(mutex_);
      sessions_.insert_or_assign(descriptor.digest, std::move(session));
    }
    if (response.status == 202) return false;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
  }
  const std::lock_guard lock(mutex_);
  unmountable_.insert(repository);
  return false;
}

std::optional<Url> RegistryDestination::take_session(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  auto node = sessions_.extract(digest);
  if (node.empty()) return std::nullopt;
  return std::move(node.mapped());
}

void RegistryDestination::put_blob(const layers::Descriptor& descriptor, const OpenSource& open, Task& task) {
  Progress progress(task);
  const OpenSource reporting = [&] { return std::make_unique<ReportingSource>(open(), progress); };
  const std::function<bool()> is_there = [&] { return has_blob(descriptor); };
  BlobUpload(*client_, reference_.repository, scopes_, descriptor, reporting, is_there)
      .run(take_session(descriptor.digest));
}

void RegistryDestination::put_manifest(const layers::Document& document, const std::string& tag) {
  check_binding(document, !tag.empty());
  store(document, tag, {});
}

std::set<Digest> RegistryDestination::listed(const std::vector<layers::Document>& referrers) {
  std::map<Digest, std::set<Digest>> sought;  // by subject
  for (const auto& referrer : referrers)
    if (const auto referral = referral_of(referrer, fmt::format("manifest {}", referrer.digest.text())))
      sought[referral->subject.digest].insert(referrer.digest);
  std::set<Digest> there;
  Referrers lists(*client_, scopes_, reference_.repository);
  for (const auto& [subject, digests] : sought)
    for (const auto& one : lists.list(subject))
      if (digests.contains(one.digest)) there.insert(one.digest);
  return there;
}

void RegistryDestination::check_binding(const layers::Document& document, bool tagged) const {
  if (tagged && reference_.digest && *reference_.digest != document.digest)
    throw Error(ErrorKind::integrity, fmt::format("{} accepts {} only, the image is {}", reference_.name(),
                                                  reference_.digest->text(), document.digest.text()));
}

// The answer to a manifest that was stored. What others write at the same time is waited for.
Response RegistryDestination::send_document(const Request& request) {
  for (int round = 1;; ++round) {
    auto response = client_->send(request, scopes_, reference_.repository);
    if (response.status == 201) {
      discard(response);
      return response;
    }
    try {
      client_->refuse(request, response, reference_.repository);
    } catch (const RegistryError& error) {
      if (!is_being_written(error) || round == writers_waited_for) throw;
    }
    client_->retries().wait(RetryPolicy::Time(10 << round), RetryPolicy::Time(40 << round));
  }
}

// Stores a document under `tag`, or by its digest and under those of `tags` that the registry then says it
// has set.
std::set<std::string> RegistryDestination::store(const layers::Document& document, const std::string& tag,
                                                 const std::vector<std::string>& tags) {
  const auto& name = tag.empty() ? document.digest.text() : tag;
  Request request{"PUT", client_->url(fmt::format("{}/manifests/{}", reference_.repository, name))};
  for (const auto& one : tags) request.url = request.url.with_parameter("tag", one);
  request.headers.add("Content-Type", document.media_type);
  request.body = RequestBody{[&document] { return std::make_unique<TextSource>(document.bytes); },
                             document.bytes.size()};
  bool listed = false;
  bool doubtful = false;
  std::set<std::string> set;
  try {
    const auto response = send_document(request);
    check_stored(response, document.digest, fmt::format("the upload of a manifest to {}", reference_.name()));
    listed = response.headers.find("OCI-Subject").has_value();
    set = confirmed_tags(response, tags);
  } catch (const RegistryError& error) {
    // The same doubt as with blobs (hostile.md, 154).
    const auto stored = [&] {
      return tag.empty() ? has_manifest(document.descriptor()) : current(tag) == document.digest;
    };
    if (!was_done_anyway(error, stored)) throw explained(error, document, !tag.empty());
    doubtful = true;
  }
  if (!listed) make_findable(document, doubtful);
  return set;
}

// Several tags go with the document in one request where the registry knows that (distribution-spec, main
// branch, "Pushing Manifests"); where it does not, or refuses it in whatever way, each in one of its own,
// whose answer counts. Under a tag alone a registry computes the digest itself, and takes sha256 (hostile.md,
// 111).
void RegistryDestination::put_root(const layers::Document& root, const std::vector<std::string>& tags) {
  check_binding(root, !tags.empty());
  const bool sha256 = root.digest.algorithm() == Digest::Algorithm::sha256;
  const bool at_once = client_->takes_several_tags() && (tags.size() > 1 || (!sha256 && !tags.empty()));
  std::set<std::string> set;
  if (at_once) set = put_with_tags(root, tags);
  if (!at_once && (tags.empty() || !sha256)) store(root, {}, {});
  for (const auto& tag : tags)
    if (!set.contains(tag)) store(root, tag, {});
}

std::set<std::string> RegistryDestination::put_with_tags(const layers::Document& root,
                                                         const std::vector<std::string>& tags) {
  std::set<std::string> set;
  try {
    set = store(root, {}, tags);
  } catch (const RegistryError& error) {
    if (error.kind() == ErrorKind::auth || outcome_of(error) != Outcome::settled) throw;
    if (root.digest.algorithm() != Digest::Algorithm::sha256) store(root, {}, {});
  }
  if (set.empty()) client_->takes_no_several_tags();
  return set;
}

// A registry that says nothing of the subject does not know of subjects: then a tag lists the document
// (distribution-spec, "Pushing Manifests with Subject"). Where the answer was lost, it may be listed already.
void RegistryDestination::make_findable(const layers::Document& document, bool maybe_listed) {
  const auto referral = referral_of(document, fmt::format("manifest {}", document.digest.text()));
  if (!referral) return;
  const std::lock_guard lock(listing_mutex_);
  if (listed_.contains(document.digest)) return;
  Referrers referrers(*client_, scopes_, reference_.repository);
  const auto there =
      maybe_listed ? referrers.list(referral->subject.digest) : std::vector<layers::Descriptor>();
  if (std::none_of(there.begin(), there.end(),
                   [&](const auto& one) { return one.digest == document.digest; }))
    referrers.add_to_tag(*referral);
  listed_.insert(document.digest);
}

}  // namespace whittle::registry
