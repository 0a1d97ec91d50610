#include "cli/registry_flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "cli/version.hpp"

namespace whittle::cli {
namespace {

namespace fs = std::filesystem;

// Where the user's own configuration is; "" when nothing says so.
fs::path user_config(const builder::Host& host) {
  const auto named = host.variable("XDG_CONFIG_HOME");
  if (named && named->starts_with('/')) return *named;
  return host.home.empty() ? fs::path() : host.home / ".config";
}

// Where Docker's client keeps its configuration; "" when nothing says so.
fs::path docker_config(const builder::Host& host) {
  if (const auto folder = host.variable("DOCKER_CONFIG")) return *folder;
  return host.home.empty() ? fs::path() : host.home / ".docker";
}

std::vector<fs::path> credential_files(const RegistryFlags& flags, const builder::Host& host) {
  std::vector<fs::path> files;
  if (!flags.authfile.empty())
    files.emplace_back(flags.authfile);
  else if (const auto named = host.variable("REGISTRY_AUTH_FILE"))
    files.emplace_back(*named);
  if (const auto folder = docker_config(host); !folder.empty()) files.push_back(folder / "config.json");
  if (const auto runtime = host.variable("XDG_RUNTIME_DIR"))
    files.push_back(fs::path(*runtime) / "containers" / "auth.json");
  if (const auto config = user_config(host); !config.empty())
    files.push_back(config / "containers" / "auth.json");
  return files;
}

// [HOST[:PORT]=]FILE; no host has a slash in it.
std::vector<registry::HostFile> host_files(const std::vector<std::string>& given) {
  std::vector<registry::HostFile> files;
  for (const auto& text : given) {
    const auto equals = text.find('=');
    const bool has_host = equals != std::string::npos && equals > 0 && text.find('/') > equals;
    files.push_back(
        {has_host ? text.substr(0, equals) : std::string(), has_host ? text.substr(equals + 1) : text});
  }
  return files;
}

registry::CertificateOptions certificate_options(const RegistryFlags& flags, const builder::Host& host) {
  registry::CertificateOptions options;
  if (const auto config = user_config(host); !config.empty())
    options.folders.push_back(config / "containers" / "certs.d");
  options.folders.emplace_back("/etc/containers/certs.d");
  options.folders.emplace_back("/etc/docker/certs.d");
  options.authorities = host_files(flags.authorities);
  options.certificates = host_files(flags.certificates);
  options.keys = host_files(flags.keys);
  return options;
}

registry::RegistriesOptions registries_options(const RegistryFlags& flags, const builder::Host& host) {
  if (!flags.registries_conf.empty()) return {{flags.registries_conf}, {}, true};
  if (const auto named = host.variable("CONTAINERS_REGISTRIES_CONF")) return {{*named}, {}, true};
  registry::RegistriesOptions options{{"/etc/containers/registries.conf"},
                                      {"/etc/containers/registries.conf.d"}};
  if (const auto config = user_config(host); !config.empty()) {
    options.files.insert(options.files.begin(), config / "containers" / "registries.conf");
    options.folders.push_back(config / "containers" / "registries.conf.d");
  }
  return options;
}

// As curl reads them: the name in small letters first, and HTTP_PROXY not at all, since a web server that
// starts programs would let its clients set that.
registry::ProxyVariables proxy_variables(const builder::Host& host) {
  const auto either = [&](const char* name, const char* in_capitals) {
    const auto value = host.variable(name);
    return (value ? value : host.variable(in_capitals)).value_or("");
  };
  return {host.variable("http_proxy").value_or(""), either("https_proxy", "HTTPS_PROXY"),
          either("all_proxy", "ALL_PROXY"), either("no_proxy", "NO_PROXY")};
}

// A helper gets what it takes to find its own store and to reach the service behind it, and nothing else.
std::vector<std::string> helper_environment(const builder::Host& host) {
  static constexpr std::array<std::string_view, 29> names = {"PATH",
                                                             "HOME",
                                                             "USER",
                                                             "LOGNAME",
                                                             "LANG",
                                                             "LC_ALL",
                                                             "TMPDIR",
                                                             "TERM",
                                                             "DISPLAY",
                                                             "WAYLAND_DISPLAY",
                                                             "XAUTHORITY",
                                                             "GNUPGHOME",
                                                             "GPG_TTY",
                                                             "SSH_AUTH_SOCK",
                                                             "DBUS_SESSION_BUS_ADDRESS",
                                                             "HTTP_PROXY",
                                                             "HTTPS_PROXY",
                                                             "NO_PROXY",
                                                             "ALL_PROXY",
                                                             "http_proxy",
                                                             "https_proxy",
                                                             "no_proxy",
                                                             "all_proxy",
                                                             "SSL_CERT_FILE",
                                                             "SSL_CERT_DIR",
                                                             "DOCKER_CONFIG",
                                                             "REGISTRY_AUTH_FILE",
                                                             "GOOGLE_APPLICATION_CREDENTIALS",
                                                             "MSI_ENDPOINT"};
  static constexpr std::array<std::string_view, 5> prefixes = {"XDG_", "PASSWORD_STORE_", "AWS_", "AZURE_",
                                                               "CLOUDSDK_"};
  std::vector<std::string> environment;
  for (const auto& [name, value] : host.environment) {
    const bool wanted =
        std::find(names.begin(), names.end(), name) != names.end() ||
        std::any_of(prefixes.begin(), prefixes.end(),
                    [&name = name](std::string_view prefix) { return name.starts_with(prefix); });
    if (wanted) environment.push_back(fmt::format("{}={}", name, value));
  }
  return environment;
}

registry::RetryPolicy retry_policy(const Limits& limits) {
  registry::RetryPolicy policy;
  policy.attempts = static_cast<unsigned>(limits.attempts);
  policy.patience = std::chrono::seconds(limits.total_wait);
  policy.first_patience = std::min(policy.first_patience, policy.patience);
  policy.longest_pause = std::chrono::seconds(limits.retry_after);
  return policy;
}

}  // namespace

void add_registry_flags(CLI::App& app, RegistryFlags& flags) {
  app.add_option("--authfile", flags.authfile,
                 "Credentials that are looked at first, as of docker or podman login");
  app.add_option(
      "--allow-realm", flags.allow_realm,
      "HOST[:PORT] of a token service on another domain that may have a registry's credentials; repeatable");
  app.add_option(
      "--ca", flags.authorities,
      "[HOST[:PORT]=]FILE with certificates (PEM) of authorities that a registry may have its own from");
  app.add_option("--cert", flags.certificates,
                 "[HOST[:PORT]=]FILE with the certificate to show to a registry");
  app.add_option("--key", flags.keys, "[HOST[:PORT]=]FILE with the private key of --cert");
  app.add_option("--registries-conf", flags.registries_conf,
                 "Mirrors and locations, as containers' registries.conf has them, instead of the system's");
  app.add_option("--plain-http", flags.plain_http,
                 "HOST[:PORT] of a registry that may be reached by plain http; repeatable");
}

registry::AccessOptions access_options(const RegistryFlags& flags, const builder::Host& host,
                                       const Limits& limits) {
  registry::AccessOptions options;
  options.credential_files = credential_files(flags, host);
  options.helpers.find_program = [host](const std::string& name) { return host.find_program(name); };
  options.helpers.environment = helper_environment(host);
  options.helpers.time_limit = std::chrono::seconds(limits.helper_time);
  options.helpers.answer_limit = limits.helper_answer;
  options.retries = retry_policy(limits);
  options.limits = limits;
  options.plain_http_hosts = {flags.plain_http.begin(), flags.plain_http.end()};
  options.realms = {flags.allow_realm.begin(), flags.allow_realm.end()};
  options.certificates = certificate_options(flags, host);
  options.authorities = host.variable("SSL_CERT_FILE").value_or("");
  options.registries = registries_options(flags, host);
  options.proxies = proxy_variables(host);
  options.docker = {host.variable("DOCKER_HOST").value_or(""), host.variable("DOCKER_CONTEXT").value_or(""),
                    docker_config(host)};
  options.user_agent = fmt::format("whittle/{}", version);
  return options;
}

}  // namespace whittle::cli
