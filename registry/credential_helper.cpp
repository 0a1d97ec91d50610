#include "registry/credential_helper.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/subprocess.hpp"
#include "common/text.hpp"
#include "registry/credential_file.hpp"

namespace whittle::registry {
namespace {

constexpr std::chrono::minutes kept_for{5};

bool is_helper_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

// What `docker login` stores credentials under.
std::string server_of(const std::string& host) {
  return normal_host(host) == "docker.io" ? "https://index.docker.io/v1/" : host;
}

std::string trimmed_at_end(std::string text) {
  const auto end = text.find_last_not_of(" \r\n\t");
  text.resize(end == std::string::npos ? 0 : end + 1);
  return text;
}

// How a helper ended that did not succeed. Helpers report on stdout; what may be credentials is not repeated.
std::string end_of(const whittle::Outcome& outcome, std::chrono::milliseconds limit) {
  if (outcome.timed_out) return fmt::format("did not answer within {} seconds", limit.count() / 1000);
  auto words = trimmed_at_end(outcome.errors);
  if (words.empty() && outcome.output.find('{') == std::string::npos) words = trimmed_at_end(outcome.output);
  const auto how = outcome.signal != 0 ? fmt::format("was ended by signal {}", outcome.signal)
                                       : fmt::format("failed with exit code {}", outcome.exit_code);
  return words.empty() ? how : fmt::format("{}: {}", how, shown(words));
}

bool says_not_found(const whittle::Outcome& outcome) {
  return outcome.output.find("credentials not found") != std::string::npos ||
         outcome.errors.find("credentials not found") != std::string::npos;
}

}  // namespace

std::optional<Credentials> parse_helper_answer(std::string_view text, std::string_view host,
                                               std::string_view what) {
  const auto refuse = [&](std::string_view why) {
    throw Error(ErrorKind::auth, fmt::format("{} answered {}", what, why));
  };
  Json json;
  try {
    json = parse_json(text, what, ErrorKind::auth);
  } catch (const Error&) {
    refuse("something else than JSON");
  }
  if (!json.is_object()) refuse("something else than a JSON object");
  const auto field = [&](const char* name) {
    const auto found = json.find(name);
    if (found == json.end() || found->is_null()) return std::string();
    if (!found->is_string()) refuse(fmt::format("a `{}` that is no text", name));
    return found->get<std::string>();
  };
  const auto server = field("ServerURL");
  if (!server.empty() && normal_host(server) != normal_host(host))
    refuse(fmt::format("for another registry, {}", shown(server)));
  Credentials credentials{field("Username"), field("Secret")};
  if (credentials.user.empty() && credentials.secret.empty()) return std::nullopt;
  if (credentials.user.empty()) refuse("with a secret of nobody");
  if (credentials.user == identity_token_user) {
    credentials.identity_token = std::exchange(credentials.secret, {});
    if (credentials.identity_token.empty()) return std::nullopt;
  }
  return credentials;
}

HelperAnswer CredentialHelpers::ask(const std::string& name, const std::string& host) {
  const auto now = Clock::now();
  const auto key = std::make_pair(name, host);
  if (const auto found = kept_.find(key); found != kept_.end() && found->second.until > now)
    return found->second.answer;
  auto answer = run_helper(name, host);
  kept_.insert_or_assign(key, Kept{answer, now + kept_for});
  return answer;
}

HelperAnswer CredentialHelpers::run_helper(const std::string& name, const std::string& host) const {
  if (!is_helper_name(name)) return {{}, fmt::format("{} is no name of a credential helper", shown(name))};
  const auto program = "docker-credential-" + name;
  try {
    const auto path = options_.find_program ? options_.find_program(program) : std::filesystem::path();
    if (path.empty()) return {{}, fmt::format("the credential helper {} is not in PATH", program)};
    Command command;
    command.argv = {path.native(), "get"};
    command.environment = options_.environment;
    command.directory = "/";
    command.output_limit = options_.answer_limit;
    command.error_tail = 4096;
    command.input = server_of(host);
    command.time_limit = options_.time_limit;
    const auto outcome = run(command, stop_);
    if (outcome.succeeded())
      return {parse_helper_answer(outcome.output, host, fmt::format("the credential helper {}", program)),
              {}};
    if (!outcome.timed_out && says_not_found(outcome)) return {};
    return {{}, fmt::format("the credential helper {} {}", program, end_of(outcome, options_.time_limit))};
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    return {{}, error.message()};
  }
}

}  // namespace whittle::registry
