#include "running/load_generator.hpp"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <memory>
#include <optional>

#include "common/error.hpp"
#include "running/latency_course.hpp"
#include "running/response_reader.hpp"

namespace whittle::running {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr auto longest_lag = std::chrono::seconds(1);

// One request of the plan on its way.
struct Flight {
  std::size_t stage = 0;
  std::size_t request = 0;  // of the plan
  Clock::time_point due = {};
  Clock::time_point sent = {};
  bool again = false;  // the connection it was sent on had been given up by the other side
};

struct Connection {
  Fd fd;
  std::optional<Flight> flight = {};
  std::size_t written = 0;  // bytes of the request
  bool is_new = true;       // nothing was ever answered on it
  bool waits_to_write = false;
  ResponseReader reader = {};
};

// The times at which requests are due, in order: each by a formula, none is stored.
class Timetable {
 public:
  Timetable(const std::vector<Stage>& stages, Clock::time_point start)
      : stages_(stages), stage_start_(start) {
    skip_finished();
  }
  bool at_end() const { return stage_ >= stages_.size(); }
  std::size_t stage() const { return stage_; }
  Clock::time_point due() const {
    return stage_start_ +
           nanoseconds(static_cast<std::int64_t>(static_cast<double>(next_) * 1e9 / stages_[stage_].rate));
  }
  void advance() {
    ++next_;
    skip_finished();
  }

 private:
  void skip_finished() {
    while (stage_ < stages_.size() && next_ >= stages_[stage_].requests()) {
      stage_start_ += stages_[stage_].duration;
      ++stage_;
      next_ = 0;
    }
  }
  const std::vector<Stage>& stages_;
  Clock::time_point stage_start_;
  std::size_t stage_ = 0;
  std::uint64_t next_ = 0;
};

class Generator {
 public:
  Generator(const LoadPlan& plan, NetworkDoor& door, const LoadOptions& options)
      : plan_(plan),
        door_(door),
        options_(options),
        address_(plan.target.address()),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        buffer_(256U << 10U) {
    if (!epoll_) throw_errno(errno, "preparing the load");
    for (const auto& stage : plan.stages) {
      result_.stages.push_back({.stage = stage, .planned = stage.requests(), .latency = {}});
      length_ += stage.duration;
    }
    connections_.resize(options.connections);
    for (std::size_t i = connections_.size(); i > 0; --i) free_.push_back(i - 1);
  }

  LoadResult run() {
    ::prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);  // nanoseconds: timers are late by 50 us otherwise
    start_ = Clock::now();
    const auto end = start_ + length_;
    Timetable times(plan_.stages, start_);
    auto next_check = start_;
    for (;;) {
      const auto now = Clock::now();
      if (options_.stop.stop_requested()) break;
      send_due(times, now);
      if (now >= next_check) {
        next_check = now + std::chrono::milliseconds(50);
        give_up_slow(now);
      }
      const bool over = now >= end;
      const bool all_sent = times.at_end() || now >= end + longest_lag;
      if (over && busy_ == 0 && again_.empty() && all_sent) {
        result_.complete = true;
        break;
      }
      if (over && now >= end + options_.timeout) break;
      auto wake = std::min(next_check, over ? next_check : end);
      if (!times.at_end() && !free_.empty()) wake = std::min(wake, times.due());
      wait(wake);
    }
    settle(times);
    result_.course = course_.take();
    return std::move(result_);
  }

 private:
  // What is due and finds a connection; the rest stays due. All of it is due before the end, after which it
  // is not waited for long.
  void send_due(Timetable& times, Clock::time_point now) {
    while (!free_.empty() && !again_.empty()) {
      auto flight = again_.front();
      again_.pop_front();
      begin(flight, now);
    }
    const auto last = start_ + length_ + longest_lag;
    while (!free_.empty() && !times.at_end() && times.due() <= now && now < last) {
      begin({times.stage(), next_request_, times.due(), now}, now);
      next_request_ = (next_request_ + 1) % plan_.requests.size();
      times.advance();
    }
  }

  void begin(Flight flight, Clock::time_point now) {
    const auto index = free_.back();
    free_.pop_back();
    auto& connection = connections_[index];
    ++busy_;
    flight.sent = now;
    connection.flight = flight;
    connection.written = 0;
    connection.reader.begin(plan_.requests[flight.request].to_head);
    if (!connection.fd && !open(connection, index)) return lose(index);
    write(index);
  }

  bool open(Connection& connection, std::size_t index) {
    connection.fd = door_.tcp_socket(plan_.target.ipv6);
    connection.is_new = true;
    connection.waits_to_write = false;
    const int on = 1;
    ::setsockopt(connection.fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(connection.fd.get(), address_.get(), address_.size) != 0 && errno != EINPROGRESS)
      return false;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.fd.get(), &event) != 0)
      throw_errno(errno, "watching a connection");
    return true;
  }

  void watch(Connection& connection, std::size_t index, bool to_write) {
    if (connection.waits_to_write == to_write) return;
    connection.waits_to_write = to_write;
    epoll_event event{};
    event.events = EPOLLIN | (to_write ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
    event.data.u64 = index;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd.get(), &event);
  }

  void write(std::size_t index) {
    auto& connection = connections_[index];
    const auto& bytes = plan_.requests[connection.flight->request].bytes;
    while (connection.written < bytes.size()) {
      const auto count = ::send(connection.fd.get(), bytes.data() + connection.written,
                                bytes.size() - connection.written, MSG_NOSIGNAL);
      if (count >= 0) {
        connection.written += static_cast<std::size_t>(count);
        continue;
      }
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == ENOTCONN) return watch(connection, index, true);
      return lose(index);
    }
    watch(connection, index, false);
  }

  void wait(Clock::time_point until) {
    const auto left = std::max(nanoseconds(0), std::chrono::duration_cast<nanoseconds>(until - Clock::now()));
    const timespec time{static_cast<time_t>(left.count() / 1'000'000'000),
                        static_cast<long>(left.count() % 1'000'000'000)};
    std::array<epoll_event, 128> events{};
    int count = ::epoll_pwait2(epoll_.get(), events.data(), events.size(), &time, nullptr);
    if (count < 0 && errno == ENOSYS)  // before Linux 5.11
      count = ::epoll_wait(epoll_.get(), events.data(), events.size(),
                           static_cast<int>(left.count() / 1'000'000));
    if (count < 0 && errno != EINTR) throw_errno(errno, "waiting for answers");
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      const auto index = static_cast<std::size_t>(event.data.u64);
      if (connections_[index].flight && (event.events & EPOLLOUT) != 0) write(index);
      if (connections_[index].fd && (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read(index);
    }
  }

  void read(std::size_t index) {
    auto& connection = connections_[index];
    const auto count = ::recv(connection.fd.get(), buffer_.data(), buffer_.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (!connection.flight) {  // an unused connection was closed, or has something to say that nobody asked
      connection.fd = Fd();
      return;
    }
    using State = ResponseReader::State;
    auto state = State::broken;
    bool surplus = false;
    if (count > 0) {
      std::string_view bytes(buffer_.data(), static_cast<std::size_t>(count));
      state = connection.reader.feed(bytes);
      surplus = !bytes.empty();
    } else if (count == 0) {
      state = connection.reader.end();
    }
    if (state == State::more) return;
    if (state == State::broken) return lose(index);
    const auto now = Clock::now();
    answered(*connection.flight, connection.reader.status(), now);
    connection.is_new = false;
    // An answer before all of the request was sent, or with bytes behind it: nothing may follow on it.
    const bool whole = connection.written == plan_.requests[connection.flight->request].bytes.size();
    if (!connection.reader.keeps_connection() || surplus || count == 0 || !whole) connection.fd = Fd();
    release(index);
  }

  void answered(const Flight& flight, int status, Clock::time_point now) {
    auto& stage = result_.stages[flight.stage];
    ++stage.answered;
    if (status >= 500)
      ++stage.failed;
    else if (status >= 400)
      ++stage.refused;
    stage.latency.add(now - flight.due);
    course_.add(std::chrono::duration<double>(now - start_).count(), now - flight.due);
  }

  // A connection that had served and was closed while a request was on its way says nothing of the request
  // (RFC 9112, section 9.3.1): it is sent once more, still from when it was due.
  void lose(std::size_t index) {
    auto& connection = connections_[index];
    auto flight = *connection.flight;
    connection.fd = Fd();
    if (!connection.is_new && !connection.reader.has_begun() && !flight.again) {
      flight.again = true;
      again_.push_back(flight);
    } else {
      ++result_.stages[flight.stage].disconnected;
    }
    release(index);
  }

  void give_up_slow(Clock::time_point now) {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      auto& connection = connections_[i];
      if (!connection.flight || now - connection.flight->sent < options_.timeout) continue;
      auto& stage = result_.stages[connection.flight->stage];
      ++stage.timed_out;
      stage.latency.add(now - connection.flight->due);
      connection.fd = Fd();
      release(i);
    }
  }

  void release(std::size_t index) {
    connections_[index].flight.reset();
    free_.push_back(index);
    --busy_;
  }

  // What never got an answer: it waited for at least so long.
  void settle(Timetable& times) {
    const auto now = Clock::now();
    for (const auto& connection : connections_)
      if (connection.flight)
        add_unfinished(result_.stages[connection.flight->stage].timed_out, *connection.flight, now);
    for (const auto& flight : again_) ++result_.stages[flight.stage].disconnected;
    for (; !times.at_end() && times.due() <= now; times.advance())
      add_unfinished(result_.stages[times.stage()].unsent, {times.stage(), 0, times.due(), now}, now);
    // Stopped before its end: what was not due yet was not planned.
    for (; !times.at_end(); times.advance()) --result_.stages[times.stage()].planned;
  }
  void add_unfinished(std::uint64_t& counter, const Flight& flight, Clock::time_point now) {
    ++counter;
    result_.stages[flight.stage].latency.add(now - flight.due);
  }

  const LoadPlan& plan_;
  NetworkDoor& door_;
  const LoadOptions& options_;
  LocalUrl::Address address_;
  Fd epoll_;
  std::vector<char> buffer_;
  std::vector<Connection> connections_ = {};
  std::vector<std::size_t> free_ = {};  // the one used last is at the back
  std::deque<Flight> again_ = {};
  std::size_t busy_ = 0;
  std::size_t next_request_ = 0;
  Clock::time_point start_ = {};
  nanoseconds length_{0};
  LatencyCourse course_ = {};
  LoadResult result_ = {};
};

}  // namespace

LoadResult run_load(const LoadPlan& plan, NetworkDoor& door, const LoadOptions& options) {
  return Generator(plan, door, options).run();
}

}  // namespace whittle::running
