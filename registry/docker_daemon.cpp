#include "registry/docker_daemon.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "registry/http_transport.hpp"
#include "registry/registry_error.hpp"

namespace whittle::registry {
namespace {

// A daemon prepares the whole archive before it answers, and unpacks all of it before it says so.
constexpr Patience daemon_patience{std::chrono::minutes(30), std::chrono::minutes(30), 1};

std::string named_daemon(const std::filesystem::path& socket) {
  return fmt::format("the Docker daemon at {}", escaped(socket.native(), false, 4096));
}

// What an answer says went wrong: {"message": "…"}.
std::string reason_of(Response& response) {
  const auto text = read_some(response, error_body_limit);
  try {
    const auto json = parse_json(text, "an answer");
    const auto message = json.is_object() ? json.find("message") : json.end();
    if (json.is_object() && message != json.end() && message->is_string())
      return escaped(message->get<std::string>(), false, 1000);
  } catch (const Error&) {  // some other server
  }
  return shown(text);
}

// A load's answer is a JSON document a line; it begins with success, whatever comes of it.
void check_loaded(std::string_view answer, const std::string& who) {
  while (!answer.empty()) {
    const auto line = answer.substr(0, answer.find('\n'));
    answer.remove_prefix(std::min(answer.size(), line.size() + 1));
    if (line.find_first_not_of(" \r\t") == std::string_view::npos) continue;
    const auto json = parse_json(line, fmt::format("the answer of {}", who), ErrorKind::registry);
    const auto error = json.is_object() ? json.find("error") : json.end();
    if (!json.is_object())
      throw Error(ErrorKind::registry, fmt::format("{} answers what is no message: {}", who, shown(line)));
    if (error == json.end()) continue;
    throw Error(
        ErrorKind::registry,
        fmt::format("{} could not load the image: {}", who,
                    error->is_string() ? escaped(error->get<std::string>(), false, 1000) : shown(line)));
  }
}

}  // namespace

DockerDaemon::DockerDaemon(std::filesystem::path socket, std::string user_agent, std::stop_token stop)
    : socket_(std::move(socket)), stop_(stop) {
  TransportOptions options;
  options.user_agent = std::move(user_agent);
  options.patience = daemon_patience;
  options.unix_socket = socket_;
  transport_ = std::make_unique<HttpTransport>(std::move(options), std::move(stop));
}
DockerDaemon::~DockerDaemon() = default;

Response DockerDaemon::send(const Request& request) {
  try {
    return transport_->send(request);
  } catch (const RegistryError& error) {
    throw Error(error.kind(), fmt::format("asking {}: {}", named_daemon(socket_), error.message()))
        .hint("check that it runs and that you may use its socket; DOCKER_HOST=unix://PATH names another");
  }
}

std::shared_ptr<const Archive> DockerDaemon::save(const Reference& reference,
                                                  const std::filesystem::path& scratch,
                                                  const Limits& limits) {
  Reference full = reference;
  if (full.tag.empty() && !full.digest) full.tag = "latest";
  auto response = send({"GET", Url::parse(fmt::format("http://localhost/images/{}/get", full.text()))});
  if (response.status == 404)
    throw Error(ErrorKind::not_found, fmt::format("{} has no image {}: {}", named_daemon(socket_),
                                                  full.text(), reason_of(response)));
  if (response.status != 200)
    throw Error(ErrorKind::registry, fmt::format("{} does not give {}: {} {}", named_daemon(socket_),
                                                 full.text(), response.status, reason_of(response)));
  return in_context([&] { return fmt::format("saving {}", full.text()); },
                    [&] {
                      return Archive::spool(std::move(response.body),
                                            "what " + named_daemon(socket_) + " gave", scratch, stop_,
                                            limits);
                    });
}

void DockerDaemon::load(const TarImage& image) {
  // Without `quiet` it tells of every few kilobytes of progress.
  Request request{"POST", Url::parse("http://localhost/images/load?quiet=1")};
  request.headers.add("Content-Type", "application/x-tar");
  request.body = RequestBody{[&] { return image.open(); }, image.size()};
  auto response = send(request);
  if (response.status != 200)
    throw Error(ErrorKind::registry, fmt::format("{} does not load the image: {} {}", named_daemon(socket_),
                                                 response.status, reason_of(response)));
  check_loaded(read_all(*response.body, load_answer_limit, "the answer of " + named_daemon(socket_)),
               named_daemon(socket_));
}

}  // namespace whittle::registry
