#include "registry/docker_config.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "registry/base64.hpp"
#include "registry/url.hpp"

namespace whittle::registry {
namespace {

constexpr std::size_t file_limit = 1U << 20U;

std::string named(const std::filesystem::path& file) {
  return escaped(file.native(), false, 4096);
}

// A key of `auths`, in all its historical spellings, as host and path.
struct Key {
  std::string host;
  std::string path;
};

Key normal_key(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  const auto slash = std::min(text.find('/'), text.size());
  Key key{std::string(text.substr(0, slash)), std::string(text.substr(std::min(slash + 1, text.size())))};
  while (key.path.ends_with('/')) key.path.pop_back();
  if (key.path == "v1" || key.path == "v2") key.path.clear();  // where the API is, not whose credentials
  key.host = lower_case(key.host);
  if (key.host.ends_with(":443")) key.host.resize(key.host.size() - 4);
  static constexpr std::array<std::string_view, 2> hub = {"index.docker.io", "registry-1.docker.io"};
  if (std::find(hub.begin(), hub.end(), key.host) != hub.end()) key.host = "docker.io";
  return key;
}

bool covers(const Key& key, std::string_view host, std::string_view repository) {
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
  const auto encoded = text_of(entry, "auth");
  if (encoded.empty()) {
    auto user = text_of(entry, "username");
    if (user.empty()) return std::nullopt;
    return Credentials{std::move(user), text_of(entry, "password")};
  }
  auto decoded = base64_decoded(encoded);
  if (!decoded) refuse("is not base64");
  const auto colon = decoded->find(':');
  if (colon == std::string::npos || colon == 0) refuse("does not hold USER:PASSWORD");
  Credentials credentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
  while (credentials.secret.ends_with('\0')) credentials.secret.pop_back();  // some versions of Docker padded
  return credentials;
}

// Whether the file leaves this registry to a helper program.
std::string helper_for(const Json& document, std::string_view host) {
  if (const auto helpers = document.find("credHelpers"); helpers != document.end() && helpers->is_object())
    for (const auto& helper : helpers->items())
      if (normal_key(helper.key()).host == host && helper.value().is_string())
        return helper.value().get<std::string>();
  return text_of(document, "credsStore");
}

}  // namespace

const Json& DockerConfig::document() {
  if (read_) return document_;
  for (const auto& file : files_) {
    file_ = file;
    std::optional<std::string> text;
    try {
      text = read_file_if_present(file, file_limit);
      if (!text) continue;
      document_ = parse_json(*text, named(file), ErrorKind::auth);
    } catch (const Error& cause) {
      // Not silently anonymous: whoever has a login expects it to be used (hostile.md, 182).
      Error error(ErrorKind::auth, fmt::format("the credentials cannot be read: {}", cause.message()));
      error.hint(fmt::format("repair or remove {}", named(file)));
      throw error;
    }
    const auto auths = document_.is_object() ? document_.find("auths") : document_.end();
    if (!document_.is_object() || (auths != document_.end() && !auths->is_object() && !auths->is_null())) {
      Error error(ErrorKind::auth,
                  fmt::format("{} is not a configuration of Docker: {}", named(file),
                              document_.is_object() ? "`auths` is not an object" : "it is not an object"));
      document_ = Json::object();
      error.hint(fmt::format("repair or remove {}", named(file)));
      throw error;
    }
    read_ = true;
    return document_;
  }
  if (!files_.empty()) file_ = files_.front();
  read_ = true;
  return document_;
}

CredentialLookup DockerConfig::find(std::string_view host, std::string_view repository) {
  const std::lock_guard lock(mutex_);
  const Json& config = document();
  CredentialLookup lookup{{}, file_, {}};
  const auto wanted = normal_key(host).host;
  const auto auths = config.find("auths");
  std::size_t best = 0;
  if (auths != config.end() && auths->is_object()) {
    for (const auto& entry : auths->items()) {
      const auto key = normal_key(entry.key());
      if (!entry.value().is_object() || !covers(key, wanted, repository)) continue;
      if (lookup.credentials && key.path.size() <= best) continue;
      const auto where = fmt::format("{}: the entry {}", named(file_), shown(entry.key()));
      if (auto found = read_entry(entry.value(), where)) {
        // Docker writes <token> for the user when the secret is an identity token, which no registry takes as
        // a password.
        const bool is_token = found->user == "<token>" || !text_of(entry.value(), "identitytoken").empty();
        if (is_token && (found->secret.empty() || found->user == "<token>")) {
          lookup.note = fmt::format("{} holds an identity token, which is not supported", where);
          continue;
        }
        lookup.credentials = std::move(found);
        best = key.path.size();
      } else if (!text_of(entry.value(), "identitytoken").empty()) {
        lookup.note = fmt::format("{} holds an identity token, which is not supported", where);
      }
    }
  }
  if (lookup.credentials) {
    warn_of_permissions();
    lookup.note.clear();
    return lookup;
  }
  const auto helper = helper_for(config, wanted);
  if (!helper.empty() && lookup.note.empty())
    lookup.note = fmt::format("{} leaves {} to the credential helper {}, which is not supported",
                              named(file_), escaped(host), shown(helper));
  return lookup;
}

void DockerConfig::warn_of_permissions() {
  if (std::exchange(warned_, true)) return;
  struct stat status {};
  if (::stat(file_.c_str(), &status) == 0 && (status.st_mode & 0077) != 0)
    reporter_.warn(
        fmt::format("{} holds credentials and can be read by others; run `chmod 600` on it", named(file_)));
}

}  // namespace whittle::registry
