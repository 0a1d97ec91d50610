#include "registry/registry_source.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "common/json.hpp"
#include "layers/media_types.hpp"
#include "registry/answers.hpp"
#include "registry/referrers.hpp"
#include "registry/resuming_source.hpp"
#include "registry/tree.hpp"

namespace whittle::registry {
namespace {

namespace media_type = layers::media_type;

[[noreturn]] void absent(const std::string& what, const Reference& reference) {
  throw RegistryError(ErrorKind::not_found, fmt::format("there is no {} in {}", what, reference.name()),
                      {.status = 404});
}

std::string read_manifest(const Request& request, Response& response, const std::string& what) {
  if (is_html(response)) throw not_a_registry(request, response);
  return read_all(*response.body, JsonLimits().bytes, what);
}

// How a blob is asked for, also again after a cut. Borrows the client.
Resumable resumable_blob(RegistryClient& client, const std::string& repository,
                         const layers::Descriptor& blob) {
  const Request request{"GET", client.url(fmt::format("{}/blobs/{}", repository, blob.digest.text()))};
  const auto ask = [&client, request, repository](std::uint64_t from) {
    auto part = request;
    if (from > 0) part.headers.add("Range", range_from(from));
    return client.send(std::move(part), Scopes::pull(repository), repository);
  };
  const auto refuse = [&client, request, repository](Response& response) {
    client.refuse(request, response, repository);
  };
  return {fmt::format("blob {} of {}", blob.digest.text(), repository), blob.size, request.url.origin(), ask,
          refuse};
}

}  // namespace

Request manifest_request(std::string method, const RegistryClient& client, const std::string& repository,
                         const std::string& tag_or_digest) {
  Request request{std::move(method), client.url(fmt::format("{}/manifests/{}", repository, tag_or_digest))};
  request.for_document = true;
  request.headers.add("Accept", fmt::format("{}, {}, {}, {}", media_type::oci_index, media_type::docker_index,
                                            media_type::oci_manifest, media_type::docker_manifest));
  return request;
}

std::optional<layers::Document> fetch_manifest(RegistryClient& client, const Scopes& scopes,
                                               const std::string& repository, const std::string& tag,
                                               const std::optional<Digest>& digest) {
  const auto request = manifest_request("GET", client, repository, digest ? digest->text() : tag);
  auto response = client.send(request, scopes, repository);
  if (response.status == 404) {
    // A 404 of something that is no registry is not the absence of an image.
    if (is_html(response)) throw not_a_registry(request, response);
    discard(response);
    return std::nullopt;
  }
  if (response.status != 200) client.refuse(request, response, repository);
  const auto what = fmt::format("the manifest {}", response.url.redacted());
  auto bytes = read_manifest(request, response, what);
  const auto stated = stated_digest(response);
  if (digest) {
    Hasher hasher(digest->algorithm());
    hasher.write(bytes);
    const auto actual = hasher.finish();
    if (actual != *digest || (stated && stated->algorithm() == digest->algorithm() && *stated != *digest))
      throw Error(ErrorKind::integrity,
                  fmt::format("{} has digest {}, stated is {}, expected {}", what, actual.text(),
                              stated ? stated->text() : "none", digest->text()));
    return settled_document(response.headers.find("Content-Type").value_or(""), std::move(bytes), *digest,
                            what);
  }
  const auto own = Digest::of(bytes);
  if (stated && stated->algorithm() == own.algorithm() && *stated != own)
    client.reporter().warn(
        fmt::format("{} has digest {}, though the registry states {}", what, own.text(), stated->text()));
  return settled_document(response.headers.find("Content-Type").value_or(""), std::move(bytes), own, what);
}

layers::Document RegistrySource::root() {
  const auto tag = reference_.tag.empty() ? "latest" : reference_.tag;
  auto document = fetch_manifest(*client_, Scopes::pull(reference_.repository), reference_.repository, tag,
                                 reference_.digest);
  if (!document) absent(reference_.digest ? "image " + reference_.digest->text() : "tag " + tag, reference_);
  return std::move(*document);
}

layers::Document RegistrySource::manifest(const layers::Descriptor& descriptor) {
  auto document = fetch_manifest(*client_, Scopes::pull(reference_.repository), reference_.repository, {},
                                 descriptor.digest);
  if (!document) absent("manifest " + descriptor.digest.text(), reference_);
  const auto what = fmt::format("manifest {} of {}", descriptor.digest.text(), reference_.name());
  if (document->bytes.size() != descriptor.size)
    throw Error(ErrorKind::integrity, fmt::format("{} has {} bytes, its descriptor states {}", what,
                                                  document->bytes.size(), descriptor.size));
  // The descriptor was under a digest that is trusted; the answer's header is not. They must agree, or two
  // readers could read two things (CVE-2021-41190).
  const bool known =
      media_type::is_index(descriptor.media_type) || media_type::is_manifest(descriptor.media_type);
  if (known && document->media_type != descriptor.media_type)
    throw Error(ErrorKind::integrity, fmt::format("{} is of type {}, its descriptor states {}", what,
                                                  document->media_type, descriptor.media_type));
  document->media_type = descriptor.media_type;
  return std::move(*document);
}

std::unique_ptr<ByteSource> RegistrySource::open_blob(const layers::Descriptor& descriptor) {
  auto from = resumable_blob(*client_, reference_.repository, descriptor);
  auto response = from.ask(0);
  if (response.status == 404) {
    discard(response);
    absent("blob " + descriptor.digest.text(), reference_);
  }
  if (response.status != 200) from.refuse(response);
  // An artifact may be a web page, but then it has its size.
  if (is_html(response) && response.headers.find("Content-Length") != std::to_string(descriptor.size))
    throw not_a_registry({"GET", response.url}, response);
  return std::make_unique<VerifiedSource>(
      std::make_unique<ResumingSource>(client_->retries(), std::move(from), std::move(response)),
      descriptor.digest, descriptor.size,
      fmt::format("blob {} of {}", descriptor.digest.text(), reference_.name()));
}

// A registry that does not tell the size is believed.
bool RegistrySource::has_blob(const layers::Descriptor& descriptor) {
  const auto path = fmt::format("{}/blobs/{}", reference_.repository, descriptor.digest.text());
  const Request request{"HEAD", client_->url(path)};
  auto response = client_->send(request, Scopes::pull(reference_.repository), reference_.repository);
  discard(response);
  if (response.status == 404) return false;
  if (response.status != 200) client_->refuse(request, response, reference_.repository);
  const auto size = response.headers.find("Content-Length");
  return !size || size == std::to_string(descriptor.size);
}

std::vector<std::string> RegistrySource::mountable_from(const layers::Descriptor&, const std::string& host) {
  if (host != reference_.host) return {};
  return {reference_.repository};
}

std::vector<layers::Descriptor> RegistrySource::referrers(const Digest& subject) {
  return Referrers(*client_, Scopes::pull(reference_.repository), reference_.repository).list(subject);
}

std::optional<layers::Document> RegistrySource::tagged(const std::string& tag) {
  return fetch_manifest(*client_, Scopes::pull(reference_.repository), reference_.repository, tag,
                        std::nullopt);
}

}  // namespace whittle::registry
