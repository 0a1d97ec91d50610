#include "registry/docker_context.hpp"

#include <fmt/format.h>
#include <sys/un.h>

#include <array>
#include <optional>
#include <string_view>

#include "common/digest.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::registry {
namespace {

constexpr std::size_t context_file_limit = 1U << 20U;  // bytes
constexpr std::size_t longest_socket = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::string_view default_socket = "/var/run/docker.sock";
constexpr std::string_view default_context = "default";  // the one that Docker has without a file

// The text at a path of names in a JSON file; "" when there is none, nothing when there is no file.
template <std::size_t count>
std::optional<std::string> text_in(const std::filesystem::path& file,
                                   const std::array<const char*, count>& names) {
  const auto text = read_file_if_present(file, context_file_limit);
  if (!text) return std::nullopt;
  const Json json = parse_json(*text, escaped(file.native(), false, 4096), ErrorKind::usage);
  const Json* at = &json;
  for (const char* name : names) {
    const auto found = at->is_object() ? at->find(name) : at->end();
    if (!at->is_object() || found == at->end()) return std::string();
    at = &*found;
  }
  return at->is_string() ? at->get<std::string>() : std::string();
}

// A host without what may be a password in it.
std::string redacted_host(std::string_view host) {
  const auto begin = host.find("://");
  const auto at = host.rfind('@');
  if (begin == std::string_view::npos || at == std::string_view::npos || at < begin) return std::string(host);
  return fmt::format("{}://…{}", host.substr(0, begin), host.substr(at));
}

DockerEndpoint endpoint_of(const std::string& context, const std::filesystem::path& config) {
  auto who = fmt::format("the Docker context {}", shown(context));
  Hasher hasher(Digest::Algorithm::sha256);
  hasher.write(context);
  const auto file = config / "contexts" / "meta" / hasher.finish().hex() / "meta.json";
  auto host = text_in(file, std::array{"Endpoints", "docker", "Host"});
  if (!host)
    throw Error(ErrorKind::not_found,
                fmt::format("{} is not there: {}", who, escaped(file.native(), false, 4096)))
        .hint(
            "`docker context ls` lists those there are; DOCKER_HOST=unix://PATH names a socket without one");
  return {std::move(*host), std::move(who)};
}

}  // namespace

DockerEndpoint docker_endpoint(const DockerOptions& options) {
  if (!options.host.empty()) return {options.host, "DOCKER_HOST"};
  auto context = options.context;
  if (context.empty() && !options.config.empty())
    context = text_in(options.config / "config.json", std::array{"currentContext"}).value_or("");
  if (context.empty() || context == default_context) return {{}, "Docker's default"};
  return endpoint_of(context, options.config);
}

std::filesystem::path docker_socket(const DockerEndpoint& endpoint) {
  static constexpr std::string_view scheme = "unix://";
  static constexpr std::string_view hint =
      "set DOCKER_HOST=unix:///path/of/the/socket, or use docker-archive:FILE with `docker save` or `docker "
      "load`";
  if (endpoint.host.empty()) return default_socket;
  const std::string_view host = endpoint.host;
  if (!host.starts_with(scheme))
    throw Error(ErrorKind::unsupported,
                fmt::format("{} is {}, and only a daemon behind a Unix socket can be asked", endpoint.said_by,
                            shown(redacted_host(host))))
        .hint(std::string(hint));
  const auto path = host.substr(scheme.size());
  if (!path.starts_with('/') || path.size() > longest_socket || path.find('\0') != std::string_view::npos)
    throw Error(ErrorKind::usage,
                fmt::format("{} is {}, which is no absolute path of a socket (at most {} bytes)",
                            endpoint.said_by, shown(host), longest_socket))
        .hint("set DOCKER_HOST=unix:///path/of/the/socket");
  return path;
}

}  // namespace whittle::registry
