#include "registry/referrers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/answers.hpp"
#include "registry/index_text.hpp"
#include "registry/registry_source.hpp"
#include "registry/tree.hpp"

namespace whittle::registry {
namespace {

namespace media_type = layers::media_type;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int rounds = 5;
// Others take about as long between their reading and their writing as we do; a machine that is held up,
// longer.
constexpr milliseconds longest_settling{2000};
constexpr std::size_t pages_limit = 1000;

std::string bare_content_type(const Response& response) {
  return bare_type(response.headers.find("Content-Type").value_or(""));
}

// What a registry without the referrers API answers, in all the ways that were seen (hostile.md, 157).
bool has_no_api(const Response& response) {
  const auto status = response.status;
  if (status == 404 || status == 400 || status == 405 || status == 406) return true;
  return status == 200 && bare_content_type(response) != media_type::oci_index;
}

// Whether that is so of all its repositories: a 404 in plain text comes from a server that has no such path,
// while one about a repository has a code of the specification, or is JSON at least.
bool has_no_api_at_all(const Response& response) {
  return response.status == 404 && bare_content_type(response) == "text/plain";
}

// Each digest once, in the order they came.
std::vector<layers::Descriptor> unique(std::vector<layers::Descriptor> list) {
  std::set<Digest> seen;
  std::erase_if(list, [&](const auto& one) { return !seen.insert(one.digest).second; });
  return list;
}

bool lists(const std::vector<layers::Descriptor>& list, const Digest& digest) {
  return std::any_of(list.begin(), list.end(), [&](const auto& one) { return one.digest == digest; });
}

std::string extended(const std::string& index, const layers::Descriptor& entry, std::string_view what) {
  const auto list = find_list(index, "manifests");
  if (!list) throw Error(ErrorKind::internal, fmt::format("the entries of {} were not found", what));
  return replace_elements(index, *list, {}, canonical(to_json(entry)));
}

std::string empty_index() {
  return layers::write_index({std::string(media_type::oci_index), {}}).bytes;
}

}  // namespace

std::optional<std::string> next_link(const Headers& headers) {
  for (const auto field : headers.all("Link")) {
    std::size_t at = 0;
    while ((at = field.find('<', at)) != std::string_view::npos) {
      const auto end = field.find('>', at);
      if (end == std::string_view::npos) break;
      // The parameters reach to the next link, which begins behind a comma.
      const auto next = field.find('<', end);
      auto parameters =
          lower_case(field.substr(end + 1, next == std::string_view::npos ? next : next - end - 1));
      std::erase_if(parameters, [](char c) { return c == ' ' || c == '\t' || c == '"'; });
      if ((parameters + ';').find(";rel=next;") != std::string::npos ||
          (parameters + ',').find(";rel=next,") != std::string::npos)
        return std::string(field.substr(at + 1, end - at - 1));
      at = end;
    }
  }
  return std::nullopt;
}

std::vector<layers::Descriptor> Referrers::list(const Digest& subject, std::string_view artifact_type) {
  auto all = by_api(subject, artifact_type);
  if (!all) all = by_tag(subject);
  // A registry need not filter, and few do; the same again changes nothing (hostile.md, 158).
  if (!artifact_type.empty())
    std::erase_if(*all, [&](const auto& one) { return one.artifact_type != artifact_type; });
  return unique(std::move(*all));
}

std::optional<std::vector<layers::Descriptor>> Referrers::by_api(const Digest& subject,
                                                                 std::string_view artifact_type) {
  if (!client_.may_list_referrers()) return std::nullopt;
  Request request{"GET", client_.url(fmt::format("{}/referrers/{}", repository_, subject.text()))};
  request.for_document = true;
  request.headers.add("Accept", std::string(media_type::oci_index));
  if (!artifact_type.empty()) request.url = request.url.with_parameter("artifactType", artifact_type);
  const auto origin = request.url.origin();
  std::vector<layers::Descriptor> all;
  std::set<std::string> visited;
  for (;;) {
    if (!visited.insert(request.url.text()).second || visited.size() > pages_limit)
      throw Error(ErrorKind::limit,
                  fmt::format("the list of referrers at {} does not end: {}", request.url.redacted(),
                              visited.size() > pages_limit ? fmt::format("more than {} pages", pages_limit)
                                                           : std::string("a page names itself as the next")));
    auto response = client_.send(request, scopes_, repository_);
    if (visited.size() == 1 && has_no_api(response)) {
      if (has_no_api_at_all(response)) client_.lists_no_referrers();
      discard(response);
      return std::nullopt;
    }
    if (response.status != 200) client_.refuse(request, response, repository_);
    if (bare_content_type(response) != media_type::oci_index) throw not_a_registry(request, response);
    const auto what = fmt::format("the list of referrers {}", response.url.redacted());
    const layers::Document page(std::string(media_type::oci_index),
                                read_all(*response.body, JsonLimits().bytes, what));
    const auto index = layers::parse_index(page, what);
    all.insert(all.end(), index.manifests.begin(), index.manifests.end());
    if (all.size() > documents_limit)
      throw Error(ErrorKind::limit,
                  fmt::format("{} has more than the limit of {} entries", what, documents_limit));
    const auto next = next_link(response.headers);
    if (!next) return all;
    in_context([&] { return fmt::format("the next page of {}", what); },
               [&] {
                 request.url = response.url.resolve(*next);
                 if (request.url.origin() != origin)
                   throw RegistryError(ErrorKind::registry,
                                       fmt::format("{} is another place", request.url.redacted()),
                                       {.status = response.status, .url = response.url.redacted()});
               });
  }
}

std::vector<layers::Descriptor> Referrers::by_tag(const Digest& subject) {
  const auto tag = referrers_tag(subject);
  const auto what = fmt::format("the list of referrers {}:{}", repository_, tag);
  return in_context(
      [&] { return fmt::format("reading {}", what); },
      [&]() -> std::vector<layers::Descriptor> {
        const auto document = fetch_manifest(client_, scopes_, repository_, tag, std::nullopt);
        if (!document) return {};
        if (!media_type::is_index(document->media_type)) {
          client_.reporter().warn(fmt::format("{} is no index; it was taken for no list of referrers", what));
          return {};
        }
        return layers::parse_index(*document, what).manifests;
      });
}

struct Referrers::Tagged {
  std::optional<std::string> index;  // nothing when the tag is absent
  std::optional<std::string> etag;
  std::vector<layers::Descriptor> entries;
};

Referrers::Tagged Referrers::read_tag(const std::string& tag) {
  const auto request = manifest_request("GET", client_, repository_, tag);
  auto response = client_.send(request, scopes_, repository_);
  if (response.status == 404 && !is_html(response)) {
    discard(response);
    return {};
  }
  if (response.status != 200) client_.refuse(request, response, repository_);
  const auto what = fmt::format("the manifest {}", response.url.redacted());
  auto bytes = read_all(*response.body, JsonLimits().bytes, what);
  Tagged now;
  // Only a strong one can be a condition (RFC 9110, section 13.1.1).
  if (const auto etag = response.headers.find("ETag"); etag && !etag->starts_with("W/"))
    now.etag = std::string(*etag);
  try {
    const auto type = layers::settle_media_type(bare_content_type(response), bytes, what);
    if (type == media_type::oci_index) {
      now.entries = layers::parse_index({type, bytes}, what).manifests;
      now.index = std::move(bytes);
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity && error.kind() != ErrorKind::unsupported) throw;
  }
  if (!now.index)
    throw Error(
        ErrorKind::remote_conflict,
        fmt::format("the tag {} of {} is no index of referrers, and was left as it is", tag, repository_));
  return now;
}

// False when somebody else was faster.
bool Referrers::replace_tag(const std::string& tag, const std::string& index, const Tagged& before) {
  Request request{"PUT", client_.url(fmt::format("{}/manifests/{}", repository_, tag))};
  request.headers.add("Content-Type", std::string(media_type::oci_index));
  if (before.etag) request.headers.add("If-Match", *before.etag);
  request.body = RequestBody{[&index] { return std::make_unique<TextSource>(index); }, index.size()};
  auto response = client_.send(request, scopes_, repository_);
  if (response.status == 412 || response.status == 409) {
    discard(response);
    return false;
  }
  if (response.status != 201) client_.refuse(request, response, repository_);
  discard(response);
  return true;
}

// Registries may state ETags and then ignore conditions, so what was written is read again, after a time in
// which whoever had read before has written too. Only then is an entry known to be there.
void Referrers::add_to_tag(const Referral& referral) {
  const auto tag = referrers_tag(referral.subject.digest);
  const auto what = fmt::format("the list of referrers {}:{}", repository_, tag);
  in_context([&] { return fmt::format("adding {} to {}", referral.referrer.digest.text(), what); },
             [&] {
               auto begin = Clock::now();
               auto now = read_tag(tag);
               if (lists(now.entries, referral.referrer.digest)) return;
               for (int round = 0; round < rounds; ++round) {
                 const auto index = extended(now.index ? *now.index : empty_index(), referral.referrer, what);
                 const bool written = replace_tag(tag, index, now);
                 const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
                 const auto settled = std::min(milliseconds(100) + 3 * took, longest_settling);
                 if (written)
                   client_.retries().wait(settled, settled + milliseconds(40 << round));
                 else
                   client_.retries().wait(milliseconds(20 << round), milliseconds(60 << round));
                 begin = Clock::now();
                 now = read_tag(tag);
                 if (lists(now.entries, referral.referrer.digest)) return;
               }
               Error error(
                   ErrorKind::remote_conflict,
                   fmt::format("others change that list at the same time; it lacks the entry after {} tries",
                               rounds));
               throw error.hint("the manifest itself was pushed; run the same again to have it listed");
             });
}

}  // namespace whittle::registry
