#include "registry/answers.hpp"

#include <fmt/format.h>

#include "common/ascii.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "registry/outcome.hpp"

namespace whittle::registry {
namespace {

constexpr std::size_t errors_shown = 3;
constexpr std::size_t beginning = 120;  // bytes of a body that is not a registry's

std::string string_in(const Json& object, const char* field) {
  if (!object.is_object()) return {};
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void add_errors(const Json& errors, RefusalWords& words) {
  for (const auto& error : errors) {
    if (words.codes.size() == errors_shown) break;
    const auto code = escaped(string_in(error, "code"), false, 64);
    const auto message = escaped(string_in(error, "message"));
    if (code.empty() && message.empty()) continue;
    if (!words.text.empty()) words.text += "; ";
    words.text += fmt::format("{}{}{}", code, code.empty() || message.empty() ? "" : ": ", message);
    words.codes.push_back(code);
  }
}

std::string read_body(Response& response) {
  try {
    return read_some(response, error_body_limit);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    return {};  // the status alone has to do
  }
}

ErrorKind kind_of(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return ErrorKind::auth;
    case 404:
      return ErrorKind::not_found;
    case 409:
    case 412:
      return ErrorKind::remote_conflict;
    case 413:
      return ErrorKind::limit;
    case 415:
      return ErrorKind::unsupported;
    default:
      return ErrorKind::registry;
  }
}

// What other servers say by an alert of TLS, nginx says in a page (hostile.md, 190).
bool wants_certificate(int status, std::string_view body) {
  return status == 400 && body.find("SSL certificate") != std::string_view::npos;
}

std::string content_type(const Response& response) {
  return std::string(response.headers.find("Content-Type").value_or(""));
}

}  // namespace

RefusalWords read_refusal(std::string_view body, std::string_view type) {
  RefusalWords words;
  if (body.empty()) return words;
  try {
    const Json json = parse_json(body, "an error body", ErrorKind::registry);
    const auto errors = json.is_object() ? json.find("errors") : json.end();
    if (json.is_object() && errors != json.end() && errors->is_array()) add_errors(*errors, words);
    // Token services and gateways have forms of their own.
    for (const char* field : {"details", "error_description", "message", "error"})
      if (words.text.empty()) words.text = escaped(string_in(json, field));
  } catch (const Error&) {
    // Not JSON, or cut off: shown as it is.
  }
  if (words.text.empty())
    words.text =
        fmt::format("answered with {}: {}", type.empty() ? "no content type" : escaped(type, false, 64),
                    shown(body.substr(0, beginning)));
  return words;
}

RegistryError refusal(const Request& request, Response& response) {
  const auto body = request.method == "HEAD" ? std::string() : read_body(response);
  auto words = read_refusal(body, content_type(response));
  const bool passing = outcome_of(response.status) != Outcome::settled;
  auto message = fmt::format("{} {}: {}", request.method, response.url.redacted(), response.status);
  if (!words.text.empty()) message += ' ' + words.text;
  const bool certificate = wants_certificate(response.status, body);
  RegistryError error(
      certificate ? ErrorKind::auth : kind_of(response.status), std::move(message),
      {response.status, std::move(words.codes), response.url.redacted(), passing && response.attempts == 1});
  if (response.attempts > 1) error.hint(fmt::format("it was tried {} times", response.attempts));
  if (const auto wait = response.headers.find("Retry-After"); wait && passing)
    error.hint(fmt::format("the registry asks to wait: Retry-After {}", shown(*wait)));
  if (certificate)
    error.hint(fmt::format("give a client certificate that it accepts by --cert and --key, or in certs.d/{}",
                           response.url.authority()));
  if (response.status == 413) error.hint("the registry or a proxy before it limits the size of uploads");
  return error;
}

RegistryError not_a_registry(const Request& request, Response& response) {
  const auto body = read_body(response);
  RegistryError error(ErrorKind::registry,
                      fmt::format("{} {}: not a registry answer: content type {}, beginning with {}",
                                  request.method, response.url.redacted(), shown(content_type(response)),
                                  shown(std::string_view(body).substr(0, beginning))),
                      {.status = response.status, .url = response.url.redacted()});
  error.hint("is that the registry's address? A proxy or a login page may answer in its place");
  return error;
}

bool is_html(const Response& response) {
  const auto type = lower_case(content_type(response));
  return type.starts_with("text/html") || type.starts_with("application/xhtml");
}

std::optional<Digest> stated_digest(const Response& response) {
  const auto field = response.headers.find("Docker-Content-Digest");
  if (!field || field->empty()) return std::nullopt;
  return in_context([&] { return fmt::format("Docker-Content-Digest of {}", response.url.redacted()); },
                    [&] { return Digest::parse(*field); });
}

std::optional<std::string> warning_text(std::string_view field) {
  static constexpr std::string_view prefix = "299 - \"";
  if (!field.starts_with(prefix)) return std::nullopt;
  std::string text;
  for (std::size_t i = prefix.size(); i < field.size() && field[i] != '"'; ++i) {
    if (field[i] == '\\' && i + 1 < field.size()) ++i;
    text += field[i];
  }
  return text;
}

}  // namespace whittle::registry
