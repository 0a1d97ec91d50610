#include "remote/connect.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/loaded_library.hpp"
#include "common/text.hpp"

namespace whittle::remote {
namespace {

Error not_a_url(const std::string& url, std::string_view why) {
  return Error(ErrorKind::usage,
               fmt::format("{} is no place of a remote execution server: {}", shown(url), why))
      .hint("write grpcs://HOST[:PORT][/INSTANCE], or grpc:// without TLS");
}

bool is_host(std::string_view host) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
  };
  return !host.empty() && std::all_of(host.begin(), host.end(), allowed);
}

}  // namespace

ConnectOptions parse_url(const std::string& url) {
  ConnectOptions options;
  std::string_view rest = url;
  if (rest.starts_with("grpcs://"))
    options.tls = true;
  else if (!rest.starts_with("grpc://"))
    throw not_a_url(url, "it begins neither with grpc:// nor with grpcs://");
  rest.remove_prefix(rest.find("://") + 3);
  const auto slash = std::min(rest.find('/'), rest.size());
  options.host = rest.substr(0, slash);
  if (options.host.find('@') != std::string::npos)  // not shown: it may hold a password
    throw Error(ErrorKind::usage, "--remote takes no name and password in its URL")
        .hint("give a secret as a header: --remote-header 'authorization=$VARIABLE'");
  if (!is_host(options.host)) throw not_a_url(url, "it has no host");
  const auto bracket = options.host.rfind(']');
  const auto colon = options.host.rfind(':');
  if (colon == std::string::npos || (bracket != std::string::npos && colon < bracket))
    options.host += options.tls ? ":443" : ":80";
  if (slash < rest.size()) options.instance = rest.substr(slash + 1);
  while (options.instance.ends_with('/')) options.instance.pop_back();
  return options;
}

std::unique_ptr<RemoteExecution> connect(const ConnectOptions& options, const std::filesystem::path& module) {
  const LoadedLibrary library(module.c_str(), "remote execution needs a module of whittle's",
                              "libgrpc++1.51");
  ConnectFunction* function = nullptr;
  library.find(function, connect_symbol);
  std::unique_ptr<RemoteExecution> remote(function(options));
  if (remote == nullptr)
    throw Error(ErrorKind::unsupported,
                fmt::format("{} cannot be connected to: TLS is not possible", options.host));
  return remote;
}

}  // namespace whittle::remote
