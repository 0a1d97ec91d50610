#include "registry/http_transport.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "common/ascii.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/compression.hpp"
#include "registry/answer_framing.hpp"
#include "registry/body_reader.hpp"
#include "registry/dial.hpp"
#include "registry/failed_request.hpp"
#include "registry/header_reader.hpp"
#include "registry/proxy_tunnel.hpp"
#include "registry/registry_error.hpp"
#include "registry/tls_connection.hpp"

namespace whittle::registry {
namespace {

using std::chrono::milliseconds;
using How = Moved::How;

constexpr std::size_t idle_limit = 32;            // connections
constexpr std::size_t header_piece = 16U << 10U;  // bytes that are read at once until the header is there

// Nothing has come over a connection that nothing was asked over: not even its end.
bool is_quiet(Connection& connection) {
  std::array<std::byte, 1> byte{};
  return connection.read(byte).how == How::blocked;
}

}  // namespace

struct HttpTransport::Shared {
  struct Idle {
    std::string origin;
    std::unique_ptr<Connection> connection;
  };

  Shared(TransportOptions given, std::stop_token token)
      : options(std::move(given)), stop(std::move(token)), tls(options.authorities) {}

  // One that is connected to `origin`, if there is one.
  std::unique_ptr<Connection> take(const std::string& origin) {
    const std::lock_guard lock(mutex);
    for (auto at = idle.end(); at != idle.begin();) {
      if ((--at)->origin != origin) continue;
      auto connection = std::move(at->connection);
      at = idle.erase(at);
      if (is_quiet(*connection)) return connection;
    }
    return nullptr;
  }
  void give(std::string origin, std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex);
    if (idle.size() < idle_limit) idle.push_back({std::move(origin), std::move(connection)});
  }

  const TransportOptions options;
  const std::stop_token stop;
  TlsSettings tls;
  std::mutex mutex;
  std::vector<Idle> idle;
};

namespace {

bool sends_body(const Request& request) {
  return request.body || request.method == "PUT" || request.method == "POST" || request.method == "PATCH";
}

// The default port is not written (RFC 9110, section 4.2.3): some servers compare.
std::string host_field(const Url& url) {
  const bool is_default = url.port == (url.scheme == "https" ? "443" : "80");
  return is_default ? url.host : url.authority();
}

std::string head_of(const Request& request, const TransportOptions& options, const Proxies::Proxy* proxy) {
  std::string head;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
      throw Error(ErrorKind::internal, fmt::format("the field {} would be two", name));
    head += fmt::format("{}: {}\r\n", name, value);
  };
  const auto& url = request.url;
  // RFC 9112, section 3.2: a proxy gets the whole URL, unless what it sees is not for it.
  const bool for_proxy = proxy != nullptr && !proxy->is_socks() && url.scheme == "http";
  head = fmt::format("{} {}{}{}{} HTTP/1.1\r\n", request.method,
                     for_proxy ? url.scheme + "://" + host_field(url) : std::string(), url.path,
                     url.query.empty() ? "" : "?", url.query);
  add("Host", host_field(url));
  add("User-Agent", options.user_agent);
  // What a proxy encodes all the same is decoded, and the digest decides (hostile.md, 133).
  add("Accept-Encoding", "identity");
  if (!request.headers.find("Accept")) add("Accept", "*/*");
  for (const auto& [name, value] : request.headers.fields()) add(name, value);
  if (!request.authorization.empty()) add("Authorization", request.authorization);
  if (const auto login = for_proxy ? proxy_authorization(*proxy) : std::string(); !login.empty())
    add("Proxy-Authorization", login);
  if (sends_body(request)) add("Content-Length", std::to_string(request.body ? request.body->size : 0));
  return head + "\r\n";
}

// One request and its answer, driven by whoever waits for it.
class Exchange {
 public:
  Exchange(std::shared_ptr<HttpTransport::Shared> shared, const Request& request);

  // Sends the request and waits for the header of the answer.
  void run_to_header();
  std::size_t read(MutableBytes buffer);
  int status() const { return header_.status(); }
  Headers take_headers() { return header_.take_headers(); }

 private:
  bool converse(bool kept);
  void send_some();
  bool receive_header();
  void take_lines();
  void begin_body();
  std::size_t receive(MutableBytes into);
  void wait(short events);
  void watch(milliseconds waited);
  void release();
  std::unique_ptr<Connection> dialled();
  FailedRequest failed() const;
  std::string reading() const {
    return fmt::format("{} {}: reading the answer of {}", method_, url_.redacted(), url_.authority());
  }
  std::string why_broken() const {
    return connection_->why().empty() ? "the connection was closed" : connection_->why();
  }

  std::shared_ptr<HttpTransport::Shared> shared_;
  std::string method_;
  Url url_;
  bool repeatable_;
  const Proxies::Proxy* proxy_;
  std::shared_ptr<const TlsIdentity> identity_;
  std::string head_;
  std::optional<RequestBody> request_body_;
  std::optional<BodyReader> reader_;  // of the request's body
  std::unique_ptr<Connection> connection_;
  Watchdog watchdog_;

  // Sending.
  std::optional<StreamBuffer> piece_;
  Bytes to_send_;  // of the head, or of the piece
  bool sending_ = false;
  bool blocked_ = false;     // sending waits for the other side
  std::string broken_ = {};  // why sending has failed

  // Receiving.
  HeaderReader header_;
  std::string received_;  // what is not used yet
  bool ended_ = false;
  bool keeps_connection_ = false;
  std::optional<HttpBody> body_;
};

Exchange::Exchange(std::shared_ptr<HttpTransport::Shared> shared, const Request& request)
    : shared_(std::move(shared)),
      method_(request.method),
      url_(request.url),
      repeatable_(request.repeatable),
      proxy_(shared_->options.unix_socket.empty() ? shared_->options.proxies.find(url_) : nullptr),
      head_(head_of(request, shared_->options, proxy_)),
      request_body_(request.body),
      watchdog_(shared_->options.patience),
      header_(shared_->options.header_block) {
  if (request_body_) reader_.emplace(*request_body_);
  if (url_.scheme == "https" && shared_->options.identity)
    identity_ = shared_->options.identity(url_.authority());
}

FailedRequest Exchange::failed() const {
  return {method_, url_, identity_.get(), proxy_ == nullptr ? std::string() : proxy_->shown(),
          header_.started()};
}

std::unique_ptr<Connection> Exchange::dialled() {
  const auto told = failed();
  return dial({shared_->options, shared_->tls, proxy_, identity_, told, shared_->stop});
}

void Exchange::run_to_header() {
  for (;;) {
    connection_ = shared_->take(url_.origin());
    const bool kept = connection_ != nullptr;
    if (!kept) connection_ = dialled();
    if (converse(kept)) break;
    if (reader_) reader_->rewind();
  }
  if (proxy_ != nullptr && header_.status() == 407) failed().refuse_proxy_login("it demands a login (407)");
  begin_body();
}

// Sends the request and receives the header of its answer, which may come before all is sent. False when a
// kept connection turns out to have been closed before it took the request (hostile.md, 166).
bool Exchange::converse(bool kept) {
  to_send_ = as_bytes(head_);
  ended_ = false;
  sending_ = true;
  broken_.clear();
  for (;;) {
    if (sending_) send_some();
    // An answer that refuses ends the request; one that accepts what it has not seen gets the rest of it.
    if (header_.done() && (!sending_ || header_.status() >= 300)) return true;
    if (!header_.done() && (!sending_ || blocked_) && receive_header()) continue;
    if (ended_ && !header_.done()) {
      const bool harmless = repeatable_ || !request_body_;
      if (kept && !header_.started() && harmless) return false;
      if (!broken_.empty()) failed().refuse_broken("sending to", broken_);
      failed().refuse_broken(header_.started() ? "receiving from" : "waiting for an answer from",
                             why_broken());
    }
    if (sending_ && !blocked_) continue;
    wait(static_cast<short>((header_.done() ? 0 : connection_->read_awaits()) |
                            (sending_ ? connection_->write_awaits() : 0)));
  }
}

void Exchange::send_some() {
  blocked_ = false;
  if (to_send_.empty()) {
    if (!reader_ || reader_->finished()) {
      sending_ = false;
      return;
    }
    if (!piece_) piece_.emplace();
    to_send_ = piece_->bytes().first(reader_->read(piece_->bytes()));
  }
  const auto moved = connection_->write(to_send_);
  if (moved.how == How::moved) {
    watchdog_.moved(moved.count);
    to_send_ = to_send_.subspan(moved.count);
    sending_ = !to_send_.empty() || (reader_ && !reader_->finished());
  } else if (moved.how == How::blocked) {
    blocked_ = true;
  } else {
    // What it has answered may still be there to be read.
    broken_ = why_broken();
    sending_ = false;
  }
}

// Whether anything came.
bool Exchange::receive_header() {
  const auto before = received_.size();
  received_.resize(before + header_piece);
  const auto moved = connection_->read(std::as_writable_bytes(std::span(received_)).subspan(before));
  received_.resize(before + moved.count);
  ended_ = moved.how == How::ended || moved.how == How::failed;
  if (moved.how != How::moved) return false;
  watchdog_.moved(moved.count);
  constexpr std::string_view http = "HTTP/";
  if (!header_.started() && !http.starts_with(std::string_view(received_).substr(0, http.size())))
    failed().refuse(ErrorKind::registry, "reading the answer of",
                    fmt::format("it is not HTTP: {}", shown(std::string_view(received_).substr(0, 40))),
                    false);
  in_context([&] { return reading(); }, [&] { take_lines(); });
  return true;
}

void Exchange::take_lines() {
  std::size_t taken = 0;
  while (!header_.done()) {
    const auto end = received_.find('\n', taken);
    // A line that has no end yet, but is too long already, is not waited for.
    if (end == std::string::npos && received_.size() - taken <= shared_->options.header_block) break;
    const auto size = std::min(end, received_.size() - 1) + 1 - taken;
    header_.take(std::string_view(received_).substr(taken, size));
    taken += size;
  }
  received_.erase(0, taken);
}

void Exchange::begin_body() {
  const auto framing = in_context([&] { return reading(); }, [&] { return framing_of(method_, header_); });
  keeps_connection_ = framing.keeps_connection && !sending_ && broken_.empty();
  reader_.reset();
  request_body_.reset();
  piece_.reset();
  body_.emplace(framing.body, received_, [this](MutableBytes into) { return receive(into); });
  if (body_->is_at_end()) release();
}

std::size_t Exchange::receive(MutableBytes into) {
  for (;;) {
    const auto moved = connection_->read(into);
    if (moved.how == How::moved) {
      watchdog_.moved(moved.count);
      return moved.count;
    }
    if (moved.how == How::ended) return 0;
    if (moved.how == How::failed) failed().refuse_broken("receiving from", connection_->why());
    wait(connection_->read_awaits());
  }
}

std::size_t Exchange::read(MutableBytes buffer) {
  if (!connection_) return 0;
  try {
    const auto count = body_->read(buffer);
    if (body_->is_at_end()) release();
    return count;
  } catch (const RegistryError&) {
    throw;
  } catch (const Error& error) {
    // The body ends too early, or its chunks are none.
    if (error.kind() != ErrorKind::network && error.kind() != ErrorKind::integrity) throw;
    failed().refuse_broken("receiving from", error.message());
  }
}

void Exchange::wait(short events) {
  std::array<pollfd, 1> polled = {{{connection_->socket(), events, 0}}};
  const auto& patience = shared_->options.patience;
  watch(wait_a_little(polled, std::min(patience.first_byte, patience.slow_window), shared_->stop));
}

// Only time spent waiting for the other side counts, not what a slow reader of the body takes.
void Exchange::watch(milliseconds waited) {
  watchdog_.waited(waited);
  const auto& patience = shared_->options.patience;
  if (!sending_ && !header_.started()) {
    if (watchdog_.no_answer())
      failed().refuse(ErrorKind::network, "waiting for an answer from",
                      fmt::format("none came within {} seconds", patience.first_byte.count() / 1000), true);
  } else if (watchdog_.too_slow()) {
    failed().refuse(ErrorKind::network, sending_ ? "sending to" : "receiving from",
                    fmt::format("fewer than {} bytes per second passed for {} seconds", patience.slow_rate,
                                patience.slow_window.count() / 1000),
                    true);
  }
}

// Bytes that nobody asked for are left to the connection that they came by.
void Exchange::release() {
  if (keeps_connection_ && received_.empty()) shared_->give(url_.origin(), std::move(connection_));
  connection_.reset();
}

// The body of an answer.
class ExchangeSource final : public ByteSource {
 public:
  explicit ExchangeSource(std::unique_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  std::size_t read(MutableBytes buffer) override { return exchange_->read(buffer); }

 private:
  std::unique_ptr<Exchange> exchange_;
};

// The body as it was before somebody on the way encoded it, though that was not asked for.
std::unique_ptr<ByteSource> decoded_body(std::unique_ptr<ByteSource> body, const Response& response,
                                         const Request& request) {
  static constexpr std::array<std::string_view, 3> known = {"gzip", "x-gzip", "zstd"};
  const auto encoding = response.headers.find("Content-Encoding");
  if (!encoding || encoding->empty() || equal_ignoring_case(*encoding, "identity") ||
      request.method == "HEAD")
    return body;
  const auto name = lower_case(*encoding);
  if (std::find(known.begin(), known.end(), name) == known.end())
    FailedRequest{request.method, request.url}.refuse(
        ErrorKind::registry, "reading the answer of",
        fmt::format("it is encoded though that was not asked for: {}", shown(*encoding)), false);
  return layers::decompress(std::move(body), "the answer of " + request.url.authority());
}

}  // namespace

HttpTransport::HttpTransport(TransportOptions options, std::stop_token stop)
    : shared_(std::make_shared<Shared>(std::move(options), std::move(stop))) {}
HttpTransport::~HttpTransport() = default;

Response HttpTransport::send(const Request& request) {
  throw_if_stopped(shared_->stop);
  auto exchange = std::make_unique<Exchange>(shared_, request);
  exchange->run_to_header();
  Response response{exchange->status(), exchange->take_headers(), request.url, nullptr};
  response.body = decoded_body(std::make_unique<ExchangeSource>(std::move(exchange)), response, request);
  return response;
}

}  // namespace whittle::registry
