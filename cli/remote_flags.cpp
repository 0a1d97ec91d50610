#include "cli/remote_flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <utility>

#include "cli/own_program.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"

namespace whittle::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_pem = 4U << 20U;  // bytes

std::pair<std::string, std::string> split(const std::string& text, std::string_view flag) {
  const auto equals = text.find('=');
  if (equals == 0 || equals == std::string::npos)  // not shown: it may be a secret
    throw Error(ErrorKind::usage, fmt::format("{} takes NAME=VALUE", flag));
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// Names as gRPC takes them ("Custom-Metadata"): lower case; those that begin with grpc- are its own.
std::string header_name(std::string name) {
  for (auto& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.')
      throw Error(ErrorKind::usage, fmt::format("{} is no name of a header", shown(name)));
  }
  if (name.starts_with("grpc-") || name.ends_with("-bin"))
    throw Error(ErrorKind::usage, fmt::format("the header {} cannot be set", shown(name)));
  return name;
}

// A value `$VARIABLE` is that of the environment: no secret has to stand on a command line.
std::pair<std::string, std::string> header(const std::string& text, const builder::Host& host) {
  auto [name, value] = split(text, "--remote-header");
  name = header_name(std::move(name));
  if (value.starts_with('$')) {
    const auto variable = value.substr(1);
    const auto found = host.variable(variable);
    if (!found)
      throw Error(ErrorKind::usage, fmt::format("--remote-header {}: {} is not set", name, shown(variable)));
    value = *found;
  }
  const auto is_odd = [](char c) { return c < ' ' || c > '~'; };
  if (std::any_of(value.begin(), value.end(), is_odd))
    throw Error(ErrorKind::usage,
                fmt::format("the value of the header {} holds other than printable ASCII characters", name));
  return {std::move(name), std::move(value)};
}

std::string pem(const std::string& file) {
  return file.empty() ? std::string() : read_file(file, largest_pem);
}

// The system's authorities, where distributions have them: gRPC looks in a place of its own.
std::string system_authorities(const builder::Host& host) {
  if (const auto named = host.variable("SSL_CERT_FILE")) return pem(*named);
  for (const auto* file : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                           "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"})
    if (auto found = read_file_if_present(file, largest_pem)) return std::move(*found);
  return {};
}

// The program itself, where a launcher starts it (packaging/bundle).
fs::path program_file() {
  const auto started = own_program();
  const auto bundled = started.parent_path().parent_path() / "lib" / "whittle" / "whittle";
  std::error_code ignored;
  return fs::exists(bundled, ignored) ? bundled : started;
}

// Beside the program, or where packages put it.
fs::path module_of(const fs::path& program) {
  constexpr auto name = "libwhittle-remote.so";
  const auto beside = program.parent_path() / name;
  std::error_code ignored;
  if (fs::exists(beside, ignored)) return beside;
  return program.parent_path().parent_path() / "libexec" / "whittle" / name;
}

}  // namespace

void add_remote_flags(CLI::App& command, RemoteFlags& flags) {
  command.add_option("--remote", flags.url,
                     "Compile at this server of the Remote Execution API: grpc(s)://HOST[:PORT][/INSTANCE]");
  command
      .add_option(
          "--remote-header", flags.headers,
          "NAME=VALUE that is sent along; $VARIABLE as the value is read from the environment; repeatable")
      ->allow_extra_args(false);
  command
      .add_option("--remote-property", flags.properties,
                  "NAME=VALUE that a worker has to have (the API's platform properties); repeatable")
      ->allow_extra_args(false);
  command.add_option("--remote-ca", flags.authorities,
                     "PEM file of the authorities that vouch for the server");
  command.add_option("--remote-certificate", flags.certificate, "PEM file of the client's certificate");
  command.add_option("--remote-key", flags.key, "PEM file of its private key");
  command.add_option("--remote-minutes", flags.minutes, "How long one action may take")
      ->check(CLI::Range(1U, 1440U));
}

std::shared_ptr<const builder::RemoteSettings> remote_settings(const RemoteFlags& flags, Session& session) {
  if (flags.url.empty()) return nullptr;
  builder::RemoteSettings settings;
  settings.server = remote::parse_url(flags.url);
  const bool has_pem = !flags.authorities.empty() || !flags.certificate.empty() || !flags.key.empty();
  if (has_pem && !settings.server.tls)
    throw Error(ErrorKind::usage, "certificates are of no use without TLS")
        .hint("write grpcs:// in --remote");
  if (flags.certificate.empty() != flags.key.empty())
    throw Error(ErrorKind::usage, "--remote-certificate and --remote-key belong together");
  if (!flags.authorities.empty())
    settings.server.authorities = pem(flags.authorities);
  else if (settings.server.tls)
    settings.server.authorities = system_authorities(session.host());
  settings.server.certificate = pem(flags.certificate);
  settings.server.key = pem(flags.key);
  for (const auto& text : flags.headers) settings.server.headers.push_back(header(text, session.host()));
  for (const auto& text : flags.properties) settings.properties.insert(split(text, "--remote-property"));
  settings.time = std::chrono::minutes(flags.minutes);
  settings.program = program_file();
  settings.module = module_of(settings.program);
  return std::make_shared<const builder::RemoteSettings>(std::move(settings));
}

}  // namespace whittle::cli
