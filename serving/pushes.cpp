#include "serving/pushes.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/document.hpp"
#include "registry/reference.hpp"

namespace whittle::serving {
namespace {

constexpr std::size_t largest_manifest = 4U << 20U;  // bytes (distribution-spec, "Pushing Manifests")

Answer answered(int status, std::vector<std::pair<std::string, std::string>> fields) {
  Answer answer;
  answer.status = status;
  answer.fields = std::move(fields);
  return answer;
}

Answer stored(const std::string& repository, std::string_view kind, const Digest& digest) {
  return answered(201, {{"Location", fmt::format("/v2/{}/{}/{}", repository, kind, digest.text())},
                        {"Docker-Content-Digest", digest.text()}});
}

// What has arrived, as "0-99" for a hundred bytes; none cannot be told from one, which clients know.
std::string range_of(const Upload& upload) {
  return fmt::format("0-{}", upload.size() == 0 ? 0 : upload.size() - 1);
}

Answer under_way(int status, const std::string& repository, const Upload& upload) {
  return answered(status, {{"Location", fmt::format("/v2/{}/blobs/uploads/{}", repository, upload.name())},
                           {"Range", range_of(upload)},
                           {"Docker-Upload-UUID", upload.name()}});
}

// Whether a piece begins where the last one has ended. "Content-Range: 100-199", as the specification writes
// it; without the field it does.
bool fits(const Request& request, const Upload& upload) {
  auto field = request.field("content-range");
  if (field.empty()) return true;
  constexpr std::string_view unit = "bytes ";
  if (lower_case(field.substr(0, unit.size())) == unit) field.remove_prefix(unit.size());
  return whole_number<std::uint64_t>(field.substr(0, field.find('-'))) == upload.size();
}

Answer no_digest(const std::string& text) {
  return refusal(400, "DIGEST_INVALID", fmt::format("{} is no digest", shown(text)));
}

// What the client did wrong; Error for the rest. `code` is for what it sent, where that is not what it should
// be.
Answer refused(const Error& error, std::string_view code) {
  switch (error.kind()) {
    case ErrorKind::network:
      return refusal(408, "UNKNOWN", error.message());
    case ErrorKind::limit:
      return refusal(413, "SIZE_INVALID", error.message());
    case ErrorKind::not_found:
      return refusal(404, "MANIFEST_BLOB_UNKNOWN", error.message());
    case ErrorKind::integrity:
    case ErrorKind::unsupported:
      return refusal(400, code, error.message());
    default:
      throw error;
  }
}

}  // namespace

bool Pushes::concerns(const Request& request, const Route& route) {
  return route.kind == "uploads" || (request.method != "GET" && request.method != "HEAD");
}

Answer Pushes::answer(const Request& request, const Route& route, ByteSource& body) {
  // A page of another site, in a browser of this machine: nobody asked it to write here.
  if (!request.field("origin").empty())
    return refusal(403, "DENIED", "pages of other sites cannot write here");
  try {
    return write(request, route, body);
  } catch (const Error& error) {
    return refused(error, route.kind == "uploads" ? "BLOB_UPLOAD_INVALID" : "MANIFEST_INVALID");
  }
}

Answer Pushes::write(const Request& request, const Route& route, ByteSource& body) {
  if (route.kind == "uploads" && route.reference.empty() && request.method == "POST")
    return begin(request, route.repository, body);
  if (route.kind == "uploads" && !route.reference.empty())
    return go_on(request, route.repository, route.reference, body);
  if (route.kind == "manifests" && request.method == "PUT") return put_manifest(request, route, body);
  return refusal(405, "UNSUPPORTED", "this registry takes uploads and manifests, and deletes nothing");
}

Answer Pushes::begin(const Request& request, const std::string& repository, ByteSource& body) {
  if (const auto mount = request.parameter("mount")) {
    const auto digest = digest_in(*mount);
    if (digest && store_.has_blob(*digest)) return stored(repository, "blobs", *digest);
  }
  auto upload = uploads_.begin();
  if (!upload) return refusal(429, "TOOMANYREQUESTS", "too many uploads are under way");
  if (const auto digest = request.parameter("digest")) {
    upload->append(body);
    return finish(repository, std::move(upload), *digest);
  }
  return under_way(202, repository, *upload);
}

Answer Pushes::go_on(const Request& request, const std::string& repository, const std::string& name,
                     ByteSource& body) {
  auto upload = uploads_.hold(name);
  if (!upload)
    return refusal(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload, or another request goes on with it");
  if (request.method == "GET") return under_way(204, repository, *upload);
  if (request.method == "DELETE") {
    uploads_.drop(std::move(upload));
    return answered(204, {});
  }
  if (request.method != "PATCH" && request.method != "PUT")
    return refusal(405, "UNSUPPORTED", "an upload takes PATCH, PUT, GET and DELETE");
  if (!fits(request, *upload)) {
    auto answer = under_way(416, repository, *upload);
    answer.text =
        refusal(416, "BLOB_UPLOAD_INVALID", "the piece does not begin where the last one ended").text;
    return answer;
  }
  upload->append(body);
  if (request.method == "PATCH") return under_way(202, repository, *upload);
  return finish(repository, std::move(upload), request.parameter("digest").value_or(""));
}

// An upload that is not what its digest says is of no use to anybody.
Answer Pushes::finish(const std::string& repository, Uploads::Held upload, const std::string& text) {
  const auto digest = digest_in(text);
  if (!digest) return no_digest(text);
  VerifiedSource source(upload->open(), *digest, upload->size(), "the upload");
  try {
    store_.put_blob(source, *digest, repository);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity) throw;
    uploads_.drop(std::move(upload));
    return refusal(400, "DIGEST_INVALID", error.message());
  }
  uploads_.drop(std::move(upload));
  return stored(repository, "blobs", *digest);
}

Answer Pushes::put_manifest(const Request& request, const Route& route, ByteSource& body) {
  const bool by_digest = route.reference.find(':') != std::string::npos;
  const auto wanted = by_digest ? digest_in(route.reference) : std::nullopt;
  if (by_digest && !wanted) return no_digest(route.reference);
  if (!by_digest && !registry::is_tag(route.reference))
    return refusal(400, "TAG_INVALID", fmt::format("{} is no tag", shown(route.reference)));
  auto bytes = read_all(body, largest_manifest, "the manifest");
  Hasher hasher(wanted ? wanted->algorithm() : Digest::Algorithm::sha256);
  hasher.write(as_bytes(bytes));
  const auto digest = hasher.finish();
  if (wanted && *wanted != digest)
    return refusal(400, "DIGEST_INVALID", fmt::format("the manifest has the digest {}", digest.text()));
  const auto subject = store_.put_manifest(route.repository, by_digest ? "" : route.reference,
                                           request.field("content-type"), std::move(bytes), digest);
  auto answer = stored(route.repository, "manifests", digest);
  if (subject) answer.fields.emplace_back("OCI-Subject", subject->text());
  return answer;
}

}  // namespace whittle::serving
