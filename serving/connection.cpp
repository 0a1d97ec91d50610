#include "serving/connection.hpp"

#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/http_body.hpp"

namespace whittle::serving {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t piece = 64U << 10U;   // bytes that are read at once
constexpr std::size_t at_once = 1U << 20U;  // bytes of a file that the kernel is asked to send at once
constexpr std::chrono::milliseconds farewell{1000};

int milliseconds_until(Clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 24 * 3600 * 1000));
}

// Whether a client takes what it asked for, or sends what it announced, fast enough: so many bytes in each
// window of time.
class Pace {
 public:
  explicit Pace(const ConnectionLimits& limits) : limits_(limits), until_(Clock::now() + limits.window) {}

  void took(std::uint64_t bytes) { bytes_ += bytes; }
  Clock::time_point until() const { return until_; }
  // Called when the window may be over.
  bool holds() {
    if (Clock::now() < until_) return true;
    if (bytes_ < limits_.per_window) return false;
    bytes_ = 0;
    until_ = Clock::now() + limits_.window;
    return true;
  }

 private:
  const ConnectionLimits& limits_;
  Clock::time_point until_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Connection::Connection(Fd socket, const Handler& handler, const ConnectionLimits& limits, int stopped)
    : socket_(std::move(socket)), handler_(handler), limits_(limits), stopped_(stopped) {}

bool Connection::wait_for(short events, Clock::time_point until, bool or_stopped) const {
  std::array<pollfd, 2> fds = {{{socket_.get(), events, 0}, {or_stopped ? stopped_ : -1, POLLIN, 0}}};
  for (;;) {
    const int ready = ::poll(fds.data(), fds.size(), milliseconds_until(until));
    if (ready < 0 && errno == EINTR) continue;
    return ready > 0 && fds[1].revents == 0;
  }
}

bool Connection::is_stopped() const {
  pollfd fd = {stopped_, POLLIN, 0};
  return ::poll(&fd, 1, 0) > 0;
}

// The bytes that arrive, which may be none after all; nothing when the time is over or the client has gone.
std::optional<std::size_t> Connection::receive(MutableBytes into, Clock::time_point until, bool or_stopped) {
  if (!wait_for(POLLIN, until, or_stopped)) return std::nullopt;
  const auto count = ::recv(socket_.get(), into.data(), into.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  return count > 0 ? std::optional(static_cast<std::size_t>(count)) : std::nullopt;
}

bool Connection::read_some(Clock::time_point until, bool or_stopped) {
  std::array<char, piece> bytes;
  const auto count = receive(std::as_writable_bytes(std::span(bytes)), until, or_stopped);
  if (count) buffer_.append(bytes.data(), *count);
  return count.has_value();
}

bool Connection::serve_one(const std::function<void()>& begun) {
  if (buffer_.empty() && !read_some(Clock::now() + limits_.idle, true)) return false;
  begun();
  const auto until = Clock::now() + limits_.head;
  auto length = head_length(buffer_);
  if (!may_begin_request(buffer_)) return refuse_what_is_none();
  while (!length && buffer_.size() <= longest_head) {
    if (!read_some(until, false)) {
      if (Clock::now() >= until)
        respond(refusal(408, "UNKNOWN", "the request did not arrive in time"), true, true);
      return false;
    }
    length = head_length(buffer_);
  }
  if (!length || *length > longest_head) {
    respond(refusal(431, "UNKNOWN", "the request has too many or too long fields"), true, true);
    linger();
    return false;
  }
  const auto request = parse_request(std::string_view(buffer_).substr(0, *length));
  buffer_.erase(0, *length);
  if (!request) return refuse_what_is_none();
  bool closes = !request->keeps_connection;
  const auto answer = answer_to(*request, closes);
  if (!respond(answer, request->method != "HEAD", closes)) return false;
  if (closes) linger();
  return !closes;
}

bool Connection::refuse_what_is_none() {
  respond(refusal(400, "UNKNOWN", "this is no request of HTTP/1.1"), true, true);
  linger();
  return false;
}

// Whatever follows a body that was not read cannot be told from it: then the connection is over.
Answer Connection::answer_to(const Request& request, bool& closes) {
  Pace pace(limits_);
  bool waits = lower_case(request.field("expect")) == "100-continue";
  const HttpFraming framing{request.is_chunked ? HttpFraming::By::chunks : HttpFraming::By::length,
                            request.length};
  HttpBody body(framing, buffer_, [&](MutableBytes into) {
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";  // RFC 9110, section 10.1.1
    if (std::exchange(waits, false))
      static_cast<void>(::send(socket_.get(), go_on.data(), go_on.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    for (;;) {
      const auto count = receive(into, pace.until(), false);
      if (!count && Clock::now() < pace.until()) throw Error(ErrorKind::network, "the client has gone");
      pace.took(count.value_or(0));
      if (!pace.holds()) throw Error(ErrorKind::network, "the body does not arrive in time");
      if (count.value_or(0) > 0) return *count;
    }
  });
  auto answer = handler_(request, body);
  closes = closes || !body.is_at_end() || is_stopped();
  return answer;
}

bool Connection::respond(const Answer& answer, bool with_body, bool closes) {
  auto text = head_of(answer, closes);
  if (with_body && !answer.file && answer.status != 304) text += answer.text;
  Pace pace(limits_);
  const bool sends_file = with_body && answer.file.has_value();
  auto offset = static_cast<off_t>(answer.part.first);
  std::uint64_t left = sends_file ? answer.part.count : 0;
  for (std::string_view rest = text; !rest.empty() || left > 0;) {
    const auto count = !rest.empty()
                           ? ::send(socket_.get(), rest.data(), rest.size(),
                                    MSG_NOSIGNAL | MSG_DONTWAIT | (left > 0 ? MSG_MORE : 0))
                           : ::sendfile(socket_.get(), answer.file->get(), &offset,
                                        static_cast<std::size_t>(std::min<std::uint64_t>(left, at_once)));
    if (count < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (count == 0) return false;  // the file has become shorter: the client sees a cut answer
    if (count > 0) {
      pace.took(static_cast<std::uint64_t>(count));
      if (!rest.empty())
        rest.remove_prefix(static_cast<std::size_t>(count));
      else
        left -= static_cast<std::uint64_t>(count);
      continue;
    }
    wait_for(POLLOUT, pace.until(), false);
    if (!pace.holds()) return false;
  }
  return true;
}

// Without this the kernel would reset the connection when there is something unread, and the client could
// lose the answer (RFC 9112, section 9.6).
void Connection::linger() {
  ::shutdown(socket_.get(), SHUT_WR);
  const auto until = Clock::now() + farewell;
  do buffer_.clear();
  while (Clock::now() < until && read_some(until, true));
}

}  // namespace whittle::serving
