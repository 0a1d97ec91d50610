// An HTTP/1.1 server, on loopback or a Unix socket, whose every answer a test decides, faults included.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/server_tls.hpp"

namespace whittle::test {

struct Received {
  std::string method;
  std::string target;                          // path and query, as sent
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string client = {};  // the common name of the certificate that was shown

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  // Faults.
  std::chrono::milliseconds stall{0};   // before anything is sent
  std::optional<std::string> raw = {};  // sent instead of all the rest; the connection is closed behind it
  std::optional<std::size_t> cut_after = {};      // bytes of the body, then the connection is reset
  std::optional<std::size_t> stated_length = {};  // Content-Length, whatever the body
  bool without_length = false;        // no Content-Length; the end of the connection ends the body
  bool close_unanswered = false;      // nothing is sent at all
  std::chrono::milliseconds drip{0};  // pause after each byte of the body
};

// Serves each connection in a thread of its own until destroyed.
class HttpServer {
 public:
  using Handler = std::function<Answer(const Received&)>;
  // The handler is called from several threads.
  explicit HttpServer(Handler handler, const std::optional<ServerTls>& tls = {});
  HttpServer(Handler handler, const std::filesystem::path& unix_socket);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string host() const;  // 127.0.0.1:PORT
  std::string url(std::string_view path) const { return scheme_ + "://" + host() + std::string(path); }
  // Everything received so far.
  std::vector<Received> requests() const;
  // The same as "METHOD target", for comparisons.
  std::vector<std::string> log() const;
  std::size_t connections() const;

 private:
  struct State;
  void serve();
  std::shared_ptr<State> state_;
  std::string scheme_;
};

}  // namespace whittle::test
