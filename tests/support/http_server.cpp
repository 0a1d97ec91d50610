#include "tests/support/http_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "common/file.hpp"

namespace whittle::test {

struct HttpServer::State {
  explicit State(Handler given) : handler(std::move(given)) {}
  Handler handler;
  std::shared_ptr<TlsConnection::Context> tls;
  Fd listener;
  int port = 0;
  mutable std::mutex mutex;
  std::condition_variable ended;  // notified to cut stalls short
  bool ending = false;
  std::set<int> open;  // connections being served
  std::vector<Received> requests;
  std::size_t connections = 0;
  std::vector<std::thread> threads;

  // False when the server is being destroyed.
  bool pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex);
    return !ended.wait_for(lock, time, [&] { return ending; });
  }
};

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

// One connection: requests in, answers out.
class Connection {
 public:
  Connection(int fd, TlsConnection::Context* tls) : fd_(fd) {
    if (tls != nullptr) tls_ = std::make_unique<TlsConnection>(*tls, fd);
  }
  bool open() { return !tls_ || tls_->accept(); }

  std::optional<Received> receive() {
    const auto head_end = fill_until("\r\n\r\n");
    if (!head_end) return std::nullopt;
    const std::string head = buffer_.substr(0, *head_end);
    buffer_.erase(0, *head_end + 4);
    Received request = parse(head);
    std::size_t length = 0;
    const auto text = request.header("content-length");
    std::from_chars(text.data(), text.data() + text.size(), length);
    while (buffer_.size() < length)
      if (!fill()) return std::nullopt;
    request.body = buffer_.substr(0, length);
    if (tls_) request.client = tls_->client();
    buffer_.erase(0, length);
    return request;
  }

  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto count = tls_ ? tls_->send(bytes.data(), bytes.size())
                              : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  // Whether the other side has all that was sent.
  bool has_arrived() const {
    int waiting = 0;
    return ::ioctl(fd_, SIOCOUTQ, &waiting) != 0 || waiting == 0;
  }

  // Closing with a reset instead of an end.
  void reset() const {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }

 private:
  static Received parse(const std::string& head) {
    Received request;
    const auto line_end = std::min(head.find("\r\n"), head.size());
    const auto line = head.substr(0, line_end);
    const auto first = line.find(' ');
    const auto second = line.find(' ', first + 1);
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, second - first - 1);
    for (std::size_t at = line_end + 2; at < head.size();) {
      const auto end = std::min(head.find("\r\n", at), head.size());
      const auto field = head.substr(at, end - at);
      const auto colon = field.find(':');
      const auto value = field.find_first_not_of(' ', colon + 1);
      request.headers[lower(field.substr(0, colon))] = value == std::string::npos ? "" : field.substr(value);
      at = end + 2;
    }
    return request;
  }

  std::optional<std::size_t> fill_until(std::string_view mark) {
    for (;;) {
      const auto found = buffer_.find(mark);
      if (found != std::string::npos) return found;
      if (!fill() || buffer_[0] == '\x16') return std::nullopt;  // TLS, which is not spoken here
    }
  }

  bool fill() {
    std::array<char, 65536> bytes{};
    const auto count =
        tls_ ? tls_->receive(bytes.data(), bytes.size()) : ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    buffer_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }

  int fd_;
  std::unique_ptr<TlsConnection> tls_;
  std::string buffer_;
};

// False when the connection is to be closed.
bool answer_with(const Connection& connection, const Received& request, const Answer& answer,
                 const std::function<bool(std::chrono::milliseconds)>& pause) {
  if (answer.stall.count() > 0 && !pause(answer.stall)) return false;
  if (answer.close_unanswered) return false;
  if (answer.raw) {
    connection.send(*answer.raw);
    return false;
  }
  std::string head = fmt::format("HTTP/1.1 {} Test\r\n", answer.status);
  for (const auto& field : answer.headers) head += fmt::format("{}: {}\r\n", field.first, field.second);
  if (!answer.without_length)
    head += fmt::format("Content-Length: {}\r\n", answer.stated_length.value_or(answer.body.size()));
  head += "\r\n";
  if (request.method == "HEAD") return connection.send(head) && !answer.without_length;
  if (answer.cut_after) {
    connection.send(head + answer.body.substr(0, *answer.cut_after));
    // What was sent arrives before the reset, however busy the machine is.
    for (int i = 0; i < 2000 && !connection.has_arrived(); ++i)
      if (!pause(std::chrono::milliseconds(1))) break;
    connection.reset();
    return false;
  }
  if (answer.drip.count() > 0) {
    if (!connection.send(head)) return false;
    for (const char c : answer.body)
      if (!connection.send({&c, 1}) || !pause(answer.drip)) return false;
    return true;
  }
  return connection.send(head + answer.body) && !answer.without_length &&
         answer.stated_length.value_or(answer.body.size()) == answer.body.size();
}

}  // namespace

HttpServer::HttpServer(Handler handler, const std::optional<ServerTls>& tls)
    : state_(std::make_shared<State>(std::move(handler))), scheme_(tls ? "https" : "http") {
  auto& state = *state_;
  if (tls) state.tls = TlsConnection::context(*tls);
  state.listener = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(state.listener.get(), generic, length) != 0 || ::listen(state.listener.get(), 128) != 0 ||
      ::getsockname(state.listener.get(), generic, &length) != 0)
    throw std::runtime_error("the test's server cannot listen");
  state.port = ntohs(address.sin_port);
  serve();
}

HttpServer::HttpServer(Handler handler, const std::filesystem::path& unix_socket)
    : state_(std::make_shared<State>(std::move(handler))), scheme_("http") {
  auto& state = *state_;
  state.listener = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  unix_socket.native().copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(state.listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(state.listener.get(), 128) != 0)
    throw std::runtime_error("the test's server cannot listen");
  serve();
}

void HttpServer::serve() {
  auto& state = *state_;
  const auto serve_one = [&state](int fd) {
    {
      Connection connection(fd, state.tls.get());
      std::optional<Received> request;
      const bool open = connection.open();
      while (open && (request = connection.receive())) {
        {
          const std::lock_guard lock(state.mutex);
          state.requests.push_back(*request);
        }
        const auto answer = state.handler(*request);
        if (!answer_with(connection, *request, answer, [&](auto time) { return state.pause(time); })) break;
      }
    }
    const std::lock_guard lock(state.mutex);
    state.open.erase(fd);
    ::close(fd);
  };
  const std::lock_guard lock(state.mutex);
  state.threads.emplace_back([&state, serve_one] {
    for (;;) {
      const int fd = ::accept4(state.listener.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const int one = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      const std::lock_guard inner(state.mutex);
      if (state.ending) {
        ::close(fd);
        return;
      }
      ++state.connections;
      state.open.insert(fd);
      state.threads.emplace_back(serve_one, fd);
    }
  });
}

HttpServer::~HttpServer() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
    ::shutdown(state_->listener.get(), SHUT_RDWR);
    for (const int fd : state_->open) ::shutdown(fd, SHUT_RDWR);
    state_->ended.notify_all();
    threads.swap(state_->threads);
  }
  for (auto& thread : threads) thread.join();
}

std::string HttpServer::host() const {
  return fmt::format("127.0.0.1:{}", state_->port);
}

std::vector<Received> HttpServer::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requests;
}

std::vector<std::string> HttpServer::log() const {
  std::vector<std::string> lines;
  for (const auto& request : requests()) lines.push_back(request.method + ' ' + request.target);
  return lines;
}

std::size_t HttpServer::connections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->connections;
}

}  // namespace whittle::test
