// One connection of a client: requests in, answers out, one after another. Bounded in memory and in time,
// whatever the client does.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "common/file.hpp"
#include "serving/answer.hpp"
#include "serving/request.hpp"

namespace whittle::serving {

// Reads of the body what it needs; a body that is left is the end of the connection.
using Handler = std::function<Answer(const Request& request, ByteSource& body)>;

struct ConnectionLimits {
  std::chrono::milliseconds idle{60'000};    // between two requests
  std::chrono::milliseconds head{10'000};    // from the first byte of a request to the end of its head
  std::chrono::milliseconds window{20'000};  // in which an answer or a body has to get on
  std::uint64_t per_window = 64U << 10U;     // bytes that are taken or sent in one, at least
};

// One thread per instance. Borrows `stopped`, a descriptor that can be read from when no more requests are
// wanted.
class Connection {
 public:
  Connection(Fd socket, const Handler& handler, const ConnectionLimits& limits, int stopped);

  // Waits for the next request and answers it; `begun` is called when its first bytes are there. False when
  // the connection is over: its client has gone, was too slow or asked for it, or it was stopped between two
  // requests.
  bool serve_one(const std::function<void()>& begun);
  int socket() const { return socket_.get(); }

 private:
  bool wait_for(short events, std::chrono::steady_clock::time_point until, bool or_stopped) const;
  std::optional<std::size_t> receive(MutableBytes into, std::chrono::steady_clock::time_point until,
                                     bool or_stopped);
  bool read_some(std::chrono::steady_clock::time_point until, bool or_stopped);
  bool is_stopped() const;
  Answer answer_to(const Request& request, bool& closes);
  bool respond(const Answer& answer, bool with_body, bool closes);
  bool refuse_what_is_none();
  void linger();

  Fd socket_;
  const Handler& handler_;
  ConnectionLimits limits_;
  int stopped_;
  std::string buffer_;
};

}  // namespace whittle::serving
