#include "registry/authenticator.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/text.hpp"
#include "registry/answers.hpp"
#include "registry/base64.hpp"
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

// Credentials travel over TLS, or do not leave the machine (hostile.md, 192).
bool is_safe_way(const Url& url) {
  return url.scheme == "https" || is_loopback(url.host);
}

std::string_view name_without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
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
  const auto lookup = config_.find(host_, repository);
  auto value = lookup.credentials && is_safe_way(base_) ? basic_value(*lookup.credentials) : std::string();
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

// The registry's own host, whatever the port, or a name under the one the user wrote: auth.docker.io for
// docker.io. A registry must not be able to send its users' passwords elsewhere (hostile.md, 175).
bool Authenticator::may_have_credentials(const Url& realm) const {
  if (!is_safe_way(realm)) return false;
  if (realm.host == base_.host) return true;
  const auto name = name_without_port(host_);
  const bool is_name =
      name.find('.') != std::string_view::npos && !is_private_literal(name) && !name.starts_with('[');
  return is_name && realm.host.size() > name.size() + 1 && realm.host.ends_with(name) &&
         realm.host[realm.host.size() - name.size() - 1] == '.';
}

Token Authenticator::fetch_token(const TokenService& service, const Scopes& scopes,
                                 const std::string& repository) {
  const auto lookup = config_.find(host_, repository);
  Request request{"GET", service.realm};
  if (!service.service.empty()) request.url = request.url.with_parameter("service", service.service);
  for (const auto& scope : scopes.texts()) request.url = request.url.with_parameter("scope", scope);
  const bool sent = lookup.credentials && may_have_credentials(service.realm);
  if (sent) request.authorization = basic_value(*lookup.credentials);
  auto response = in_context([&] { return fmt::format("fetching a token for {}", host_); },
                             [&] { return send_following(transport_, rules_, request); });
  if (response.status != 200) {
    RegistryError error = refusal(request, response);
    error.context(fmt::format("fetching a token for {}", host_));
    // Whatever else it may be called, a 4xx of a token service means that there is no access.
    if (response.status / 100 == 4 && !error.retryable() && error.kind() != ErrorKind::auth)
      error = RegistryError(ErrorKind::auth, error.message(),
                            {response.status, error.codes(), error.url(), false});
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
    lookup = config_.find(host_, repository);
  } catch (const Error& broken) {
    error.hint(broken.message());
    return;
  }
  if (!lookup.credentials) {
    if (!lookup.note.empty()) error.hint(lookup.note);
    const auto where = lookup.file.empty()
                           ? std::string()
                           : fmt::format(" in {}", escaped(lookup.file.native(), false, 4096));
    error.hint(fmt::format("no credentials for {} were found{}; run `docker login {}`", host_, where, host_));
    return;
  }
  std::optional<TokenService> service;
  {
    const std::lock_guard lock(mutex_);
    service = service_;
  }
  if (!is_safe_way(service ? service->realm : base_))
    error.hint(fmt::format("the credentials for {} are not sent over plain http", host_));
  else if (service && !may_have_credentials(service->realm))
    error.hint(fmt::format("the credentials for {} were not sent to {}, which is another host", host_,
                           service->realm.authority()));
  else
    error.hint(fmt::format("the credentials for {} come from {}; they may be wrong, or not allow this", host_,
                           escaped(lookup.file.native(), false, 4096)));
}

}  // namespace whittle::registry
