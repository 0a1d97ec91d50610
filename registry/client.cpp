#include "registry/client.hpp"

#include <fmt/format.h>

#include "common/text.hpp"
#include "registry/answers.hpp"
#include "registry/redirects.hpp"

namespace whittle::registry {
namespace {

constexpr std::size_t warnings_limit = 4U << 10U;  // bytes, hostile.md, 161

}  // namespace

RegistryClient::RegistryClient(Transport& transport, Retries& retries, const ConnectRules& rules,
                               CredentialStore& credentials, Reporter& reporter, std::string host)
    : transport_(transport),
      retries_(retries),
      rules_(rules),
      reporter_(reporter),
      host_(std::move(host)),
      base_(rules.base_of(host_)),
      authenticator_(transport, rules, credentials, host_, base_) {}

Url RegistryClient::url(std::string_view path) const {
  Url url = base_;
  url.path = fmt::format("/v2/{}", path);
  return url;
}

Response RegistryClient::send(Request request, const Scopes& scopes, const std::string& repository) {
  if (request.url.origin() != base_.origin()) {
    request.authorization.clear();
    return send_following(transport_, rules_, std::move(request));
  }
  request.authorization = authenticator_.known(scopes, repository);
  auto response = send_following(transport_, rules_, request);
  // Twice at most: a token, and one with the rights that the registry then turned out to want (hostile.md,
  // 177, 178).
  for (int round = 0; round < 2; ++round) {
    if (response.status != 401 || response.url.origin() != base_.origin()) break;
    const auto challenges = challenges_of(response);
    if (round > 0 && !authenticator_.asks_for_more(challenges, scopes)) break;
    discard(response);
    request.authorization = authenticator_.answer(challenges, scopes, repository, request.authorization);
    response = send_following(transport_, rules_, request);
  }
  report_warnings(response);
  return response;
}

// Some registries challenge at their entrance only (hostile.md, 194).
std::vector<Challenge> RegistryClient::challenges_of(const Response& response) {
  auto challenges = parse_challenges(response.headers.all("WWW-Authenticate"));
  if (!challenges.empty()) return challenges;
  auto entrance = send_following(transport_, rules_, {"GET", url("")});
  challenges = parse_challenges(entrance.headers.all("WWW-Authenticate"));
  discard(entrance);
  return challenges;
}

Url RegistryClient::location_of(const Response& response, std::string_view what) const {
  const auto location = response.headers.find("Location");
  if (!location)
    throw RegistryError(ErrorKind::registry, fmt::format("{}: the answer has no Location", what),
                        {.status = response.status, .url = response.url.redacted()});
  return in_context([&] { return std::string(what); },
                    [&] {
                      auto url = response.url.resolve(*location);
                      rules_.check(response.url, url, "the way");
                      return url;
                    });
}

void RegistryClient::refuse(const Request& request, Response& response, const std::string& repository) {
  RegistryError error = refusal(request, response);
  const bool credentials = response.status == 401 || response.status == 403;
  if (credentials && response.url.origin() == base_.origin()) authenticator_.explain(error, repository);
  throw error;
}

void RegistryClient::report_warnings(const Response& response) {
  for (const auto field : response.headers.all("Warning")) {
    const auto text = warning_text(field);
    if (!text) continue;
    const std::lock_guard lock(mutex_);
    if (warning_bytes_ + text->size() > warnings_limit || !warnings_.insert(*text).second) continue;
    warning_bytes_ += text->size();
    reporter_.warn(fmt::format("{} warns: {}", host_, escaped(*text)));
  }
}

}  // namespace whittle::registry
