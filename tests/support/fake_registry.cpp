#include "tests/support/fake_registry.hpp"

#include <fmt/format.h>

#include "common/json.hpp"

namespace whittle::test {
namespace {

std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      result += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

// All values of a parameter.
std::vector<std::string> parameters(const std::string& target, const std::string& name) {
  std::vector<std::string> values;
  const auto question = target.find('?');
  if (question == std::string::npos) return values;
  const auto query = '&' + target.substr(question + 1) + '&';
  const auto key = '&' + name + '=';
  for (auto at = query.find(key); at != std::string::npos; at = query.find(key, at + 1)) {
    const auto begin = at + key.size();
    values.push_back(unescaped(query.substr(begin, query.find('&', begin) - begin)));
  }
  return values;
}

std::string parameter(const std::string& target, const std::string& name) {
  const auto values = parameters(target, name);
  return values.empty() ? std::string() : values.front();
}

// The digest of the bytes, by the algorithm of `reference` if that is a digest.
std::string digest_like(const std::string& reference, const std::string& bytes) {
  Hasher hasher(reference.starts_with("sha512:") ? Digest::Algorithm::sha512 : Digest::Algorithm::sha256);
  hasher.write(bytes);
  return hasher.finish().text();
}

}  // namespace

Answer refusal(int status, const std::string& code, const std::string& message) {
  const Json error = {{"code", code}, {"message", message}, {"detail", nullptr}};
  return {status, {{"Content-Type", "application/json"}}, Json{{"errors", Json::array({error})}}.dump()};
}

void FakeRegistry::fault(std::string method, std::string part, Answer answer, unsigned times) {
  const std::lock_guard lock(mutex_);
  faults_.push_back({std::move(method), std::move(part), std::move(answer), times});
}

void FakeRegistry::decide(Decide decide) {
  const std::lock_guard lock(mutex_);
  decide_ = std::move(decide);
}

void FakeRegistry::clear_faults() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
  decide_ = {};
}

void FakeRegistry::serve_referrers(std::size_t page) {
  const std::lock_guard lock(mutex_);
  referrers_page_ = page;
}

void FakeRegistry::take_tags(std::size_t most) {
  const std::lock_guard lock(mutex_);
  tags_taken_ = most;
}

void FakeRegistry::use_etags(Etags etags) {
  const std::lock_guard lock(mutex_);
  etags_ = etags;
}

void FakeRegistry::put_blob(const std::string& repository, std::string bytes) {
  const std::lock_guard lock(mutex_);
  const auto digest = Digest::of(bytes).text();
  repositories_[repository].blobs[digest] = std::move(bytes);
}

void FakeRegistry::put_manifest(const std::string& repository, const std::string& tag,
                                const layers::Document& document) {
  const std::lock_guard lock(mutex_);
  auto& target = repositories_[repository];
  target.manifests[document.digest.text()] = {document.media_type, document.bytes};
  if (!tag.empty()) target.tags[tag] = document.digest.text();
}

std::optional<Digest> FakeRegistry::tag(const std::string& repository, const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = repositories_.find(repository);
  if (found == repositories_.end() || !found->second.tags.contains(name)) return std::nullopt;
  return Digest::parse(found->second.tags.at(name));
}

std::string FakeRegistry::manifest(const std::string& repository, const std::string& reference) const {
  const std::lock_guard lock(mutex_);
  const auto found = repositories_.find(repository);
  if (found == repositories_.end()) return {};
  const auto tag = found->second.tags.find(reference);
  const auto held = found->second.manifests.find(tag == found->second.tags.end() ? reference : tag->second);
  return held == found->second.manifests.end() ? std::string() : held->second.bytes;
}

void FakeRegistry::remove_blob(const std::string& repository, const Digest& digest) {
  const std::lock_guard lock(mutex_);
  repositories_[repository].blobs.erase(digest.text());
}

void FakeRegistry::remove_manifest(const std::string& repository, const Digest& digest) {
  const std::lock_guard lock(mutex_);
  repositories_[repository].manifests.erase(digest.text());
}

bool FakeRegistry::has_blob(const std::string& repository, const Digest& digest) const {
  const std::lock_guard lock(mutex_);
  const auto found = repositories_.find(repository);
  return found != repositories_.end() && found->second.blobs.contains(digest.text());
}

std::size_t FakeRegistry::uploads_opened() const {
  const std::lock_guard lock(mutex_);
  return uploads_;
}

std::size_t FakeRegistry::count(const std::string& method, const std::string& part) const {
  std::size_t count = 0;
  for (const auto& request : server_.requests())
    if (request.method == method && request.target.find(part) != std::string::npos) ++count;
  return count;
}

Answer FakeRegistry::answer(const Received& request) {
  const std::lock_guard lock(mutex_);
  if (auto answer = faulty(request)) return std::move(*answer);
  if (decide_)
    if (auto answer = decide_(request)) return std::move(*answer);
  return serve(request);
}

std::optional<Answer> FakeRegistry::faulty(const Received& request) {
  for (auto& fault : faults_) {
    const bool fits = fault.times > 0 && (fault.method.empty() || fault.method == request.method) &&
                      request.target.find(fault.part) != std::string::npos;
    if (!fits) continue;
    --fault.times;
    return fault.answer;
  }
  return std::nullopt;
}

Answer FakeRegistry::serve(const Received& request) {
  const auto path = request.target.substr(0, request.target.find('?'));
  if (path == "/v2/") return {200, {}, "{}"};
  if (!path.starts_with("/v2/")) return refusal(404, "NOT_FOUND", "no such page");
  for (const char* part : {"/blobs/uploads/", "/blobs/", "/manifests/", "/referrers/"}) {
    const auto at = path.find(part);
    if (at == std::string::npos) continue;
    const auto name = path.substr(4, at - 4);
    const auto rest = path.substr(at + std::string_view(part).size());
    auto& repository = repositories_[name];
    if (part == std::string_view("/blobs/uploads/")) return serve_upload(repository, name, request);
    if (part == std::string_view("/blobs/")) return serve_blob(repository, request, rest);
    if (part == std::string_view("/referrers/")) return serve_referrers_of(repository, request, rest);
    return serve_manifest(repository, request, rest);
  }
  return refusal(404, "NOT_FOUND", "no such page");
}

Answer FakeRegistry::serve_blob(Repository& repository, const Received& request, const std::string& digest) {
  const auto found = repository.blobs.find(digest);
  if (found == repository.blobs.end()) return refusal(404, "BLOB_UNKNOWN", "blob unknown to registry");
  const auto& bytes = found->second;
  const std::string range = request.header("range");
  if (!range.starts_with("bytes=") || !range.ends_with('-'))
    return {200, {{"Content-Type", "application/octet-stream"}, {"Docker-Content-Digest", digest}}, bytes};
  const auto from = std::stoull(range.substr(6));
  if (from >= bytes.size()) return {416, {{"Content-Range", fmt::format("bytes */{}", bytes.size())}}};
  return {206,
          {{"Content-Range", fmt::format("bytes {}-{}/{}", from, bytes.size() - 1, bytes.size())}},
          bytes.substr(from)};
}

Answer FakeRegistry::serve_manifest(Repository& repository, const Received& request,
                                    const std::string& reference) {
  if (request.method == "PUT") {
    const auto digest = digest_like(reference, request.body);
    if (reference.find(':') != std::string::npos && reference != digest)
      return refusal(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
    const auto tagged = repository.tags.find(reference);
    if (etags_ == Etags::honoured && !request.header("if-match").empty() &&
        (tagged == repository.tags.end() || request.header("if-match") != '"' + tagged->second + '"'))
      return refusal(412, "PRECONDITION_FAILED", "changed meanwhile");
    const auto json = Json::parse(request.body, nullptr, false);
    if (json.is_discarded()) return refusal(400, "MANIFEST_INVALID", "manifest invalid");
    for (const auto& layer : json.value("layers", Json::array()))
      if (!repository.blobs.contains(layer["digest"]))
        return refusal(404, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry");
    for (const auto& child : json.value("manifests", Json::array()))
      if (!repository.manifests.contains(child["digest"]))
        return refusal(404, "MANIFEST_UNKNOWN", "manifest unknown to registry");
    repository.manifests[digest] = {request.header("content-type"), request.body};
    if (reference.find(':') == std::string::npos) repository.tags[reference] = digest;
    Answer answer{201, {{"Docker-Content-Digest", digest}, {"Location", "/v2/"}}};
    const auto tags = parameters(request.target, "tag");
    for (std::size_t i = 0; i < std::min(tags.size(), tags_taken_); ++i) {
      repository.tags[tags[i]] = digest;
      answer.headers.emplace_back("OCI-Tag", tags[i]);
    }
    if (referrers_page_ && json.contains("subject"))
      answer.headers.emplace_back("OCI-Subject", json["subject"]["digest"].get<std::string>());
    return answer;
  }
  const auto tag = repository.tags.find(reference);
  const auto found = repository.manifests.find(tag == repository.tags.end() ? reference : tag->second);
  if (found == repository.manifests.end()) return refusal(404, "MANIFEST_UNKNOWN", "manifest unknown");
  Answer answer{200,
                {{"Content-Type", found->second.type}, {"Docker-Content-Digest", found->first}},
                found->second.bytes};
  if (etags_ != Etags::none) answer.headers.emplace_back("ETag", '"' + found->first + '"');
  return answer;
}

// Pages are numbered in the query; the filter is not applied, which the specification allows.
Answer FakeRegistry::serve_referrers_of(Repository& repository, const Received& request,
                                        const std::string& digest) {
  if (!referrers_page_) return refusal(404, "NOT_FOUND", "no such page");
  const auto text = parameter(request.target, "page");
  const std::size_t page = text.empty() ? 0 : std::stoul(text);
  std::vector<Json> all;
  for (const auto& [name, manifest] : repository.manifests) {
    const auto json = Json::parse(manifest.bytes);
    if (!json.contains("subject") || json["subject"]["digest"] != digest) continue;
    Json entry = {{"mediaType", manifest.type}, {"digest", name}, {"size", manifest.bytes.size()}};
    if (json.contains("annotations")) entry["annotations"] = json["annotations"];
    entry["artifactType"] =
        json.contains("artifactType") ? json["artifactType"] : json["config"]["mediaType"];
    all.push_back(std::move(entry));
  }
  const std::size_t size = *referrers_page_ == 0 ? all.size() : *referrers_page_;
  Json list = Json::array();
  for (std::size_t i = page * size; i < std::min(all.size(), (page + 1) * size); ++i) list.push_back(all[i]);
  const std::string type = "application/vnd.oci.image.index.v1+json";
  Answer answer{200,
                {{"Content-Type", type}},
                Json{{"schemaVersion", 2}, {"mediaType", type}, {"manifests", list}}.dump()};
  if ((page + 1) * size < all.size())
    answer.headers.emplace_back(
        "Link", fmt::format("<{}?page={}>; rel=\"next\"", request.target.substr(0, request.target.find('?')),
                            page + 1));
  return answer;
}

Answer FakeRegistry::serve_upload(Repository& repository, const std::string& name, const Received& request) {
  if (request.method == "POST") {
    const auto mount = parameter(request.target, "mount");
    const auto from = repositories_.find(parameter(request.target, "from"));
    if (from != repositories_.end() && from->second.blobs.contains(mount)) {
      repository.blobs[mount] = from->second.blobs.at(mount);
      return {201, {{"Docker-Content-Digest", mount}, {"Location", "/v2/"}}};
    }
    return {202, {{"Location", fmt::format("/v2/{}/blobs/uploads/{}?state=a%2Fb", name, ++uploads_)}}};
  }
  const auto path = request.target.substr(0, request.target.find('?'));
  auto& session = repository.sessions[path];
  const auto state = [&](int status) {
    Answer answer{status, {{"Location", path + "?state=a%2Fb"}}};
    if (!session.empty()) answer.headers.emplace_back("Range", fmt::format("0-{}", session.size() - 1));
    return answer;
  };
  if (request.method == "GET") return state(204);
  if (request.method == "PATCH") {
    const auto range = request.header("content-range");
    if (range != fmt::format("{}-{}", session.size(), session.size() + request.body.size() - 1))
      return refusal(416, "BLOB_UPLOAD_INVALID", "not the next chunk");
    session += request.body;
    return state(202);
  }
  const std::string bytes = session + request.body;
  repository.sessions.erase(path);
  if (request.method == "DELETE") return {204};
  const auto digest = parameter(request.target, "digest");
  if (digest != digest_like(digest, bytes))
    return refusal(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
  repository.blobs[digest] = bytes;
  return {201, {{"Docker-Content-Digest", digest}, {"Location", "/v2/"}}};
}

}  // namespace whittle::test
