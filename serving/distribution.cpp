#include "serving/distribution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include "common/ascii.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"
#include "common/json.hpp"
#include "common/percent.hpp"
#include "common/text.hpp"
#include "layers/media_types.hpp"

namespace whittle::serving {
namespace {

Answer json_answer(const Json& json) {
  Answer answer;
  answer.fields = {{"Content-Type", "application/json"}};
  answer.text = canonical(json);
  return answer;
}

// A part of a sorted list, as `n` and `last` of the query ask, and where the next one begins. Nothing for an
// `n` that is no number.
struct Page {
  std::vector<std::string> names;
  bool has_more = false;
  std::uint64_t count = 0;
};
template <class Map>
std::optional<Page> page_of(const Map& all, const Request& request) {
  Page page;
  page.count = all.size();
  if (const auto n = request.parameter("n")) {
    const auto count = whole_number<std::uint64_t>(*n);
    if (!count) return std::nullopt;
    page.count = *count;
  }
  const auto last = request.parameter("last");
  auto next = last ? all.upper_bound(*last) : all.begin();
  for (; next != all.end() && page.names.size() < page.count; ++next) page.names.push_back(next->first);
  page.has_more = next != all.end() && !page.names.empty();
  return page;
}

// RFC 8288; relative to the request, as the specification has it.
void add_link(Answer& answer, const std::string& path, const Page& page) {
  if (page.has_more)
    answer.fields.emplace_back("Link", fmt::format("<{}?n={}&last={}>; rel=\"next\"", path, page.count,
                                                   percent_encoded(page.names.back())));
}

bool is_known(const Request& request, const std::string& tag) {
  const auto field = request.field("if-none-match");
  return !field.empty() && (field == "*" || field.find(tag) != std::string_view::npos);
}

Answer not_modified(const std::string& tag) {
  Answer answer;
  answer.status = 304;
  answer.fields = {{"Etag", tag}};
  return answer;
}

Answer tag_list(const Request& request, const std::string& repository, const Listing::Tags& tags) {
  const auto page = page_of(tags, request);
  if (!page) return refusal(400, "PAGINATION_NUMBER_INVALID", "n is no number");
  auto answer = json_answer({{"name", repository}, {"tags", page->names}});
  add_link(answer, fmt::format("/v2/{}/tags/list", repository), *page);
  return answer;
}

}  // namespace

Answer Distribution::answer(const Request& request, ByteSource& body) noexcept {
  const auto fail = [&](std::string_view why) {
    reporter_.warn(fmt::format("{}: {}", escaped(request.path), why));
    return refusal(500, "UNKNOWN", "the registry could not do it; its own output says why");
  };
  Answer answer;
  try {
    answer = route(request, body);
  } catch (const Error& error) {
    answer = fail(error.message());
  } catch (const std::exception& error) {
    answer = fail(escaped(error.what()));
  }
  answer.fields.emplace_back("Docker-Distribution-Api-Version", "registry/2.0");
  return answer;
}

Answer Distribution::route(const Request& request, ByteSource& body) {
  if (pushes_ == nullptr && request.method != "GET" && request.method != "HEAD") {
    auto answer = refusal(405, "UNSUPPORTED", "this registry can only be read");
    answer.fields.emplace_back("Allow", "GET, HEAD");
    return answer;
  }
  if (request.path == "/v2/" || request.path == "/v2") return json_answer(Json::object());
  if (request.path == "/v2/_catalog") return catalogue(request);
  const auto route = route_of(request.path);
  if (!route) return refusal(404, "UNSUPPORTED", "there is nothing of that name; the API begins at /v2/");
  if (!is_repository(route->repository))
    return refusal(400, "NAME_INVALID",
                   fmt::format("{} is no name of a repository", shown(route->repository)));
  if (pushes_ != nullptr && Pushes::concerns(request, *route)) return pushes_->answer(request, *route, body);
  // Whatever nobody refers to has none: 404 would say that there is no such API ("Listing Referrers").
  if (route->kind == "referrers") return referrers(request, route->reference);
  const auto listing = store_.listing();
  const auto known = listing->repositories.find(route->repository);
  const bool is_listed = known != listing->repositories.end();
  if (!is_listed && !store_.was_pushed_to(route->repository))
    return refusal(404, "NAME_UNKNOWN", fmt::format("there is no repository {}", shown(route->repository)));
  const Listing::Tags none;
  const auto& tags = is_listed ? known->second : none;
  if (route->kind == "manifests") return manifest(request, tags, route->reference);
  if (route->kind == "blobs") return blob(request, route->reference);
  if (route->kind == "tags" && route->reference == "list") return tag_list(request, route->repository, tags);
  return refusal(404, "UNSUPPORTED", "there is nothing of that name");
}

Answer Distribution::manifest(const Request& request, const Listing::Tags& tags,
                              const std::string& reference) {
  std::optional<Digest> digest;
  if (reference.find(':') == std::string::npos) {
    if (const auto found = tags.find(reference); found != tags.end()) digest = found->second.digest;
  } else {
    digest = digest_in(reference);
    if (!digest) return refusal(400, "DIGEST_INVALID", fmt::format("{} is no digest", shown(reference)));
  }
  auto document = digest ? store_.document(*digest) : std::nullopt;
  if (!document)
    return refusal(404, "MANIFEST_UNKNOWN", fmt::format("there is no manifest {}", shown(reference)));
  const auto tag = '"' + digest->text() + '"';
  if (is_known(request, tag)) return not_modified(tag);
  Answer answer;
  answer.fields = {
      {"Content-Type", document->media_type}, {"Docker-Content-Digest", digest->text()}, {"Etag", tag}};
  answer.text = std::move(document->bytes);
  return answer;
}

Answer Distribution::blob(const Request& request, const std::string& text) {
  const auto digest = digest_in(text);
  if (!digest) return refusal(400, "DIGEST_INVALID", fmt::format("{} is no digest", shown(text)));
  auto blob = store_.blob(*digest);
  if (!blob) return refusal(404, "BLOB_UNKNOWN", fmt::format("there is no blob {}", digest->text()));
  const auto tag = '"' + digest->text() + '"';
  if (is_known(request, tag)) return not_modified(tag);
  const auto condition = request.field("if-range");  // RFC 9110, section 13.1.5
  const auto range =
      condition.empty() || condition == tag ? range_of(request.field("range"), blob->size) : RangeAnswer{};
  if (range.kind == RangeAnswer::Kind::unsatisfiable) {
    auto answer = refusal(416, "UNSUPPORTED", "there are no bytes in that range");
    answer.fields.emplace_back("Content-Range", fmt::format("bytes */{}", blob->size));
    return answer;
  }
  Answer answer;
  answer.fields = {{"Content-Type", "application/octet-stream"},
                   {"Docker-Content-Digest", digest->text()},
                   {"Etag", tag},
                   {"Accept-Ranges", "bytes"}};
  answer.part = {0, blob->size};
  if (range.kind == RangeAnswer::Kind::part) {
    answer.status = 206;
    answer.part = range.range;
    answer.fields.emplace_back("Content-Range",
                               fmt::format("bytes {}-{}/{}", range.range.first,
                                           range.range.first + range.range.count - 1, blob->size));
  }
  answer.file = std::move(blob->file);
  return answer;
}

Answer Distribution::catalogue(const Request& request) {
  const auto listing = store_.listing();
  const auto page = page_of(listing->repositories, request);
  if (!page) return refusal(400, "PAGINATION_NUMBER_INVALID", "n is no number");
  auto answer = json_answer({{"repositories", page->names}});
  add_link(answer, "/v2/_catalog", *page);
  return answer;
}

Answer Distribution::referrers(const Request& request, const std::string& text) {
  const auto digest = digest_in(text);
  if (!digest) return refusal(400, "DIGEST_INVALID", fmt::format("{} is no digest", shown(text)));
  const auto wanted = request.parameter("artifactType");
  Json list = Json::array();
  for (const auto& referrer : store_.referrers(*digest))
    if (!wanted || referrer.artifact_type == *wanted) list.push_back(layers::to_json(referrer));
  auto answer =
      json_answer({{"schemaVersion", 2}, {"mediaType", layers::media_type::oci_index}, {"manifests", list}});
  answer.fields = {{"Content-Type", std::string(layers::media_type::oci_index)}};
  if (wanted) answer.fields.emplace_back("OCI-Filters-Applied", "artifactType");
  return answer;
}

}  // namespace whittle::serving
