#include "registry/credential_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/ascii.hpp"
#include "common/base64.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "registry/named_file.hpp"
#include "registry/url.hpp"

namespace whittle::registry {
namespace {

constexpr std::size_t credential_file_limit = 1U << 20U;

// A key of `auths`, in all its historical spellings, as host and path.
struct AuthsKey {
  std::string host;
  std::string path;
};

AuthsKey normal_key(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  const auto slash = std::min(text.find('/'), text.size());
  AuthsKey key{std::string(text.substr(0, slash)),
               std::string(text.substr(std::min(slash + 1, text.size())))};
  while (key.path.ends_with('/')) key.path.pop_back();
  if (key.path == "v1" || key.path == "v2") key.path.clear();  // where the API is, not whose credentials
  key.host = lower_case(key.host);
  if (key.host.ends_with(":443")) key.host.resize(key.host.size() - 4);
  static constexpr std::array<std::string_view, 2> hub = {"index.docker.io", "registry-1.docker.io"};
  if (std::find(hub.begin(), hub.end(), key.host) != hub.end()) key.host = "docker.io";
  return key;
}

bool covers(const AuthsKey& key, std::string_view host, std::string_view repository) {
  if (key.host != host) return false;
  if (key.path.empty() || key.path == repository) return true;
  return repository.starts_with(key.path) && repository[key.path.size()] == '/';
}

std::string text_of(const Json& entry, const char* field) {
  const auto found = entry.find(field);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The user and password of an entry; nothing when it has none. `where` names file and key.
std::optional<Credentials> read_entry(const Json& entry, const std::string& where) {
  const auto refuse = [&](std::string_view why) {
    Error error(ErrorKind::auth, fmt::format("{}: `auth` {}", where, why));
    error.hint("run `docker login` again");
    throw error;
  };
  Credentials credentials{text_of(entry, "username"), text_of(entry, "password"),
                          text_of(entry, "identitytoken")};
  if (const auto encoded = text_of(entry, "auth"); !encoded.empty()) {
    const auto decoded = base64_decoded(encoded);
    if (!decoded) refuse("is not base64");
    const auto colon = decoded->find(':');
    if (colon == std::string::npos || colon == 0) refuse("does not hold USER:PASSWORD");
    credentials.user = decoded->substr(0, colon);
    credentials.secret = decoded->substr(colon + 1);
    // Some versions of Docker padded.
    while (credentials.secret.ends_with('\0')) credentials.secret.pop_back();
  }
  if (credentials.user == identity_token_user) {
    credentials.identity_token = std::exchange(credentials.secret, {});
    if (credentials.identity_token.empty()) return std::nullopt;
  }
  if (credentials.user.empty() && credentials.identity_token.empty()) return std::nullopt;
  return credentials;
}

}  // namespace

std::string normal_host(std::string_view text) {
  return normal_key(text).host;
}

std::optional<CredentialFile> CredentialFile::read(const std::filesystem::path& path) {
  const auto refuse = [&](Error error) {
    error.hint(fmt::format("repair or remove {}", named(path)));
    throw error;
  };
  Json document = Json::object();
  try {
    const auto text = read_file_if_present(path, credential_file_limit);
    if (!text) return std::nullopt;
    document = parse_json(*text, named(path), ErrorKind::auth);
  } catch (const Error& cause) {
    refuse(Error(ErrorKind::auth, fmt::format("the credentials cannot be read: {}", cause.message())));
  }
  const auto wrong = [&](std::string_view why) {
    refuse(Error(ErrorKind::auth, fmt::format("{} is not a file of credentials: {}", named(path), why)));
  };
  if (!document.is_object()) wrong("it is not an object");
  for (const char* field : {"auths", "credHelpers"}) {
    const auto found = document.find(field);
    if (found != document.end() && !found->is_object() && !found->is_null())
      wrong(fmt::format("`{}` is not an object", field));
  }
  return CredentialFile(path, std::move(document));
}

std::optional<Credentials> CredentialFile::find(std::string_view host, std::string_view repository) const {
  std::optional<Credentials> best;
  std::size_t best_length = 0;
  const auto auths = document_.find("auths");
  if (auths == document_.end() || !auths->is_object()) return best;
  const auto wanted = normal_host(host);
  for (const auto& entry : auths->items()) {
    const auto key = normal_key(entry.key());
    if (!entry.value().is_object() || !covers(key, wanted, repository)) continue;
    if (best && key.path.size() <= best_length) continue;
    const auto where = fmt::format("{}: the entry {}", named(path_), shown(entry.key()));
    if (auto found = read_entry(entry.value(), where)) {
      best = std::move(found);
      best_length = key.path.size();
    }
  }
  return best;
}

std::vector<std::string> CredentialFile::helpers(std::string_view host) const {
  std::vector<std::string> names;
  const auto wanted = normal_host(host);
  if (const auto helpers = document_.find("credHelpers"); helpers != document_.end() && helpers->is_object())
    for (const auto& helper : helpers->items()) {
      if (normal_host(helper.key()) != wanted || !helper.value().is_string()) continue;
      auto name = helper.value().get<std::string>();
      if (name.empty()) return {};  // Docker's way to except a registry from its `credsStore`
      names.push_back(std::move(name));
      break;
    }
  if (auto store = text_of(document_, "credsStore"); !store.empty()) names.push_back(std::move(store));
  return names;
}

}  // namespace whittle::registry
