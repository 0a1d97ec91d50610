#include "registry/authenticator.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "common/base64.hpp"
#include "common/percent.hpp"
#include "common/text.hpp"
#include "registry/answers.hpp"
#include "registry/named_file.hpp"
#include "registry/redirects.hpp"

namespace whittle::registry {
namespace {

constexpr std::size_t token_answer_limit = 64U << 10U;

std::string basic_value(const Credentials& credentials) {
  return "Basic " + base64_encoded(credentials.user + ':' + credentials.secret);
}

std::string parameter(const Challenge& challenge, const std::string& name) {
  const auto found = challenge.parameters.find(name);
  return found == challenge.parameters.end() ? std::string() : found->second;
}

const Challenge* find_bearer(const std::vector<Challenge>& challenges) {
  const auto found = std::find_if(challenges.begin(), challenges.end(), [](const Challenge& challenge) {
    return challenge.scheme == "bearer" && !parameter(challenge, "realm").empty();
  });
  return found == challenges.end() ? nullptr : &*found;
}

bool offers_basic(const std::vector<Challenge>& challenges) {
  return std::any_of(challenges.begin(), challenges.end(),
                     [](const Challenge& challenge) { return challenge.scheme == "basic"; });
}

// Whether there is something that a registry takes as a password.
bool has_password(const Credentials& credentials) {
  return !credentials.user.empty() && (!credentials.secret.empty() || credentials.identity_token.empty());
}

// For the token service: the password, or, for one that knows no OAuth 2, the identity token in its place.
Credentials for_basic(const Credentials& credentials) {
  if (has_password(credentials)) return credentials;
  return {credentials.user.empty() ? std::string(identity_token_user) : credentials.user,
          credentials.identity_token};
}

// POST is unknown there, or does not take this token (hostile.md, 179).
bool means_no_oauth(int status) {
  return status == 400 || status == 401 || status == 404 || status == 405;
}

Request oauth_request(const Url& realm, const std::string& service, const Scopes& scopes,
                      const std::string& refresh_token) {
  auto form = fmt::format("grant_type=refresh_token&client_id=whittle&refresh_token={}",
                          percent_encoded(refresh_token));
  if (!service.empty()) form += fmt::format("&service={}", percent_encoded(service));
  form += fmt::format("&scope={}", percent_encoded(fmt::format("{}", fmt::join(scopes.texts(), " "))));
  Request request{"POST", realm};
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.body = RequestBody{[form] { return std::make_unique<TextSource>(form); }, form.size()};
  return request;
}

// A service that repeats what it was sent must not put it into a message (hostile.md, 187).
std::string without_secrets(std::string text, const std::optional<Credentials>& credentials) {
  if (!credentials) return text;
  for (const auto& secret :
       {credentials->secret, credentials->identity_token, percent_encoded(credentials->identity_token),
        base64_encoded(credentials->user + ':' + credentials->secret)})
    for (auto at = text.find(secret); !secret.empty() && at != std::string::npos;
         at = text.find(secret, at + 3))
      text.replace(at, secret.size(), "***");
  return text;
}

}  // namespace

std::string Authenticator::known(const Scopes& scopes, const std::string& repository) {
  std::optional<TokenService> service;
  {
    const std::lock_guard lock(mutex_);
    if (!basic_ && !service_) return {};
    service = service_;
  }
  return service ? bearer(*service, scopes, repository, {}) : basic(repository, {});
}

std::string Authenticator::answer(const std::vector<Challenge>& challenges, const Scopes& scopes,
                                  const std::string& repository, const std::string& rejected) {
  if (const Challenge* challenge = find_bearer(challenges)) {
    auto service = service_of(*challenge);
    {
      const std::lock_guard lock(mutex_);
      service_ = service;
      basic_ = false;
      const auto asked = Scopes::parse(parameter(*challenge, "scope"));
      auto known_wider = wider_.find(scopes.key());
      if (known_wider == wider_.end()) known_wider = wider_.emplace(scopes.key(), scopes).first;
      known_wider->second.add(asked);
    }
    return bearer(service, scopes, repository, rejected);
  }
  if (offers_basic(challenges)) {
    auto value = basic(repository, rejected);
    const std::lock_guard lock(mutex_);
    service_.reset();
    basic_ = true;
    return value;
  }
  std::vector<std::string> schemes;
  schemes.reserve(challenges.size());
  for (const auto& challenge : challenges) schemes.push_back(shown(challenge.scheme));
  throw RegistryError(
      ErrorKind::auth,
      fmt::format("{} wants a login of a kind that is not supported; it offers {}", base_.authority(),
                  schemes.empty() ? "nothing" : fmt::format("{}", fmt::join(schemes, ", "))),
      {.status = 401, .url = base_.redacted()});
}

bool Authenticator::asks_for_more(const std::vector<Challenge>& challenges, const Scopes& scopes) {
  const Challenge* challenge = find_bearer(challenges);
  return challenge != nullptr && !widened(scopes).includes(Scopes::parse(parameter(*challenge, "scope")));
}

Scopes Authenticator::widened(const Scopes& scopes) {
  const std::lock_guard lock(mutex_);
  const auto found = wider_.find(scopes.key());
  return found == wider_.end() ? scopes : found->second;
}

std::string Authenticator::basic(const std::string& repository, const std::string& rejected) {
  const auto lookup = store_.find(host_, repository);
  const bool usable = lookup.credentials && has_password(*lookup.credentials) && is_safe_way(base_);
  auto value = usable ? basic_value(*lookup.credentials) : std::string();
  if (value.empty() || value == rejected) {
    RegistryError error(
        ErrorKind::auth,
        fmt::format("{} {}", base_.authority(),
                    value.empty() ? "wants a login" : "does not accept the user name and password"),
        {.status = 401, .url = base_.redacted()});
    explain(error, repository);
    throw error;
  }
  return value;
}

std::string Authenticator::bearer(const TokenService& service, const Scopes& scopes,
                                  const std::string& repository, const std::string& rejected) {
  static constexpr std::string_view prefix = "Bearer ";
  const auto rejected_token = rejected.starts_with(prefix) ? rejected.substr(prefix.size()) : std::string();
  const auto wanted = widened(scopes);
  return std::string(prefix) +
         tokens_.get(wanted.key(), rejected_token, [&] { return fetch_token(service, wanted, repository); });
}

Authenticator::TokenService Authenticator::service_of(const Challenge& challenge) const {
  return in_context([&] { return fmt::format("the token service that {} names", base_.authority()); },
                    [&] {
                      auto realm = base_.resolve(parameter(challenge, "realm"));
                      rules_.check(base_, realm, "the login");
                      return TokenService{std::move(realm), parameter(challenge, "service")};
                    });
}

Token Authenticator::fetch_token(const TokenService& service, const Scopes& scopes,
                                 const std::string& repository) {
  const auto lookup = store_.find(host_, repository);
  const bool sent = lookup.credentials && rules_.trusts_realm(base_, service.realm);
  if (sent && !lookup.credentials->identity_token.empty())
    if (auto token = fetch_by_identity(service, scopes, repository, *lookup.credentials))
      return std::move(*token);
  Request request{"GET", service.realm};
  request.for_document = true;
  if (!service.service.empty()) request.url = request.url.with_parameter("service", service.service);
  for (const auto& scope : scopes.texts()) request.url = request.url.with_parameter("scope", scope);
  if (sent) request.authorization = basic_value(for_basic(*lookup.credentials));
  auto response = in_context([&] { return fmt::format("fetching a token for {}", host_); },
                             [&] { return send_following(transport_, rules_, request); });
  return read_token(request, response, repository, lookup.credentials);
}

// OAuth 2 (distribution, "OAuth2 Token Authentication"). Sent to the realm itself: a redirect would carry the
// refresh token in its body, so it is not followed. Nothing when the service knows no OAuth 2.
std::optional<Token> Authenticator::fetch_by_identity(const TokenService& service, const Scopes& scopes,
                                                      const std::string& repository,
                                                      const Credentials& credentials) {
  const auto key = std::make_pair(service.realm.text(), credentials.identity_token);
  auto current = credentials;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = renewed_.find(key); found != renewed_.end())
      current.identity_token = found->second;
  }
  const auto request = oauth_request(service.realm, service.service, scopes, current.identity_token);
  auto response = in_context([&] { return fmt::format("fetching a token for {}", host_); },
                             [&] { return transport_.send(request); });
  if (means_no_oauth(response.status)) {
    discard(response);
    return std::nullopt;
  }
  auto token = read_token(request, response, repository, current);
  if (!token.refresh.empty()) {
    const std::lock_guard lock(mutex_);
    renewed_.insert_or_assign(key, token.refresh);
  }
  return token;
}

Token Authenticator::read_token(const Request& request, Response& response, const std::string& repository,
                                const std::optional<Credentials>& credentials) {
  if (response.status != 200) {
    const RegistryError refused = refusal(request, response);
    // Whatever else it may be called, a 4xx of a token service means that there is no access.
    const bool denied = response.status / 100 == 4 && !refused.retryable();
    RegistryError error(denied ? ErrorKind::auth : refused.kind(),
                        without_secrets(refused.message(), credentials),
                        {response.status, refused.codes(), refused.url(), refused.retryable()});
    error.context(fmt::format("fetching a token for {}", host_));
    if (error.kind() == ErrorKind::auth) explain(error, repository);
    throw error;
  }
  const auto received = std::chrono::steady_clock::now();
  const auto what = fmt::format("the token answer of {}", response.url.redacted());
  const auto body = read_some(response, token_answer_limit + 1);
  if (body.size() > token_answer_limit)
    throw RegistryError(ErrorKind::auth,
                        fmt::format("{} is larger than the limit of {} bytes", what, token_answer_limit),
                        {.status = 200, .url = response.url.redacted()});
  return parse_token(body, received, what);
}

void Authenticator::explain(Error& error, const std::string& repository) {
  CredentialLookup lookup;
  try {
    lookup = store_.find(host_, repository);
  } catch (const Error& broken) {
    error.hint(broken.message());
    return;
  }
  if (!lookup.credentials) {
    if (!lookup.note.empty()) error.hint(lookup.note);
    const auto where = lookup.file.empty() ? std::string() : fmt::format(" in {}", named(lookup.file));
    error.hint(fmt::format("no credentials for {} were found{}; run `docker login {}`", host_, where, host_));
    return;
  }
  std::optional<TokenService> service;
  {
    const std::lock_guard lock(mutex_);
    service = service_;
  }
  if (!service && !has_password(*lookup.credentials))
    error.hint(fmt::format("{} holds an identity token for {}, which takes passwords only",
                           named(lookup.file), host_));
  else if (!is_safe_way(service ? service->realm : base_))
    error.hint(fmt::format("the credentials for {} are not sent over plain http", host_));
  else if (service && !rules_.trusts_realm(base_, service->realm))
    error.hint(
        fmt::format("the credentials for {} were not sent to {}, which is another host; if it may have them: "
                    "--allow-realm {}",
                    host_, service->realm.authority(), service->realm.authority()));
  else
    error.hint(fmt::format("the credentials for {} come from {}; they may be wrong, or not allow this", host_,
                           named(lookup.file)));
}

}  // namespace whittle::registry
