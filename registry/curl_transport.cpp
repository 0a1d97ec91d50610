#include "registry/curl_transport.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "common/parallel.hpp"
#include "common/text.hpp"
#include "registry/body_reader.hpp"
#include "registry/connect_rules.hpp"
#include "registry/curl_failure.hpp"
#include "registry/curl_library.hpp"
#include "registry/header_reader.hpp"
#include "registry/registry_error.hpp"

namespace whittle::registry {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t received_limit = 1U << 20U;  // bytes that may wait for whoever reads the body
constexpr std::size_t idle_limit = 32;             // lanes
constexpr milliseconds longest_poll{200};          // until a stop is noticed

struct FreeList {
  const CurlLibrary* curl = nullptr;
  void operator()(curl_slist* list) const { curl->slist_free_all(list); }
};

}  // namespace

struct CurlTransport::Shared {
  // A handle with the connections it has opened. Used by one exchange at a time.
  struct Lane {
    struct FreeEasy {
      const CurlLibrary* curl = nullptr;
      void operator()(CURL* handle) const { curl->easy_cleanup(handle); }
    };
    struct FreeMulti {
      const CurlLibrary* curl = nullptr;
      void operator()(CURLM* handle) const { curl->multi_cleanup(handle); }
    };

    explicit Lane(const CurlLibrary& curl)
        : multi(curl.multi_init(), FreeMulti{&curl}), easy(curl.easy_init(), FreeEasy{&curl}) {}
    std::unique_ptr<CURLM, FreeMulti> multi;
    std::unique_ptr<CURL, FreeEasy> easy;
    std::string origin = {};  // of the last request
  };

  CurlLibrary curl;  // first in, last out
  TransportOptions options;
  std::stop_token stop;
  std::mutex mutex;
  std::vector<std::unique_ptr<Lane>> idle;

  // One that is probably connected to `origin`, else a new one.
  std::unique_ptr<Lane> take(const std::string& origin) {
    const std::lock_guard lock(mutex);
    const auto found =
        std::find_if(idle.rbegin(), idle.rend(), [&](const auto& lane) { return lane->origin == origin; });
    std::unique_ptr<Lane> lane;
    if (found != idle.rend()) {
      lane = std::move(*found);
      idle.erase(std::next(found).base());
    } else {
      lane = std::make_unique<Lane>(curl);
      if (!lane->multi || !lane->easy)
        throw Error(ErrorKind::machine_limit, "no memory for another connection");
    }
    lane->origin = origin;
    return lane;
  }
  void give(std::unique_ptr<Lane> lane) {
    const std::lock_guard lock(mutex);
    if (idle.size() < idle_limit) idle.push_back(std::move(lane));
  }
};

namespace {

// One request and its answer, driven by whoever waits for it.
class Exchange {
 public:
  Exchange(std::shared_ptr<CurlTransport::Shared> shared, const Request& request);
  ~Exchange() { release(); }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Sends the request and waits for the header of the answer.
  void run_to_header() {
    drive([&] { return header_.done(); });
    if (!header_.done()) fail(end_ == CURLE_OK ? CURLE_GOT_NOTHING : end_);
    if (proxy_ != nullptr && header_.status() == 407) failed().refuse_proxy_login();
    reader_.reset();
    body_.reset();
  }
  std::size_t read(MutableBytes buffer);
  int status() const { return header_.status(); }
  Headers take_headers() { return header_.take_headers(); }

 private:
  template <class Done>
  void drive(const Done& done);
  void collect_end();
  void watch(milliseconds waited);
  void configure(const Request& request);
  void configure_tls();
  void release();
  FailedRequest failed() const;
  [[noreturn]] void fail(CURLcode code) const;

  // The callbacks of libcurl. No exception may pass it: it is kept, the transfer fails, and drive() throws
  // it.
  template <class Work>
  std::size_t guarded(std::size_t on_failure, const Work& work) noexcept {
    try {
      return work();
    } catch (...) {
      failure_ = std::current_exception();
      return on_failure;
    }
  }
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_send(char* data, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  void check(CURLcode code, std::string_view doing) const {
    if (code != CURLE_OK)
      throw Error(ErrorKind::internal,
                  fmt::format("libcurl refuses {}: {}", doing, curl_.easy_strerror(code)));
  }
  void check(CURLMcode code, std::string_view doing) const {
    if (code != CURLM_OK)
      throw Error(ErrorKind::internal,
                  fmt::format("libcurl refuses {}: {}", doing, curl_.multi_strerror(code)));
  }
  template <class Value>
  void set(CURLoption option, Value value) {
    check(curl_.easy_setopt(lane_->easy.get(), option, value), "an option");
  }

  std::shared_ptr<CurlTransport::Shared> shared_;
  const CurlLibrary& curl_;
  std::unique_ptr<CurlTransport::Shared::Lane> lane_;
  std::string method_;
  Url url_;
  bool repeatable_;
  const Proxies::Proxy* proxy_;
  std::shared_ptr<const TlsIdentity> identity_;
  std::optional<RequestBody> body_;
  std::optional<BodyReader> reader_;
  std::unique_ptr<curl_slist, FreeList> fields_{nullptr, FreeList{&curl_}};
  std::array<char, CURL_ERROR_SIZE> words_{};
  Watchdog watchdog_;

  HeaderReader header_;
  std::string received_;
  std::size_t taken_ = 0;  // of received_
  bool paused_ = false;
  bool refused_address_ = false;
  bool finished_ = false;
  CURLcode end_ = CURLE_OK;  // how it finished
  std::exception_ptr failure_;
};

Exchange::Exchange(std::shared_ptr<CurlTransport::Shared> shared, const Request& request)
    : shared_(std::move(shared)),
      curl_(shared_->curl),
      lane_(shared_->take(request.url.origin())),
      method_(request.method),
      url_(request.url),
      repeatable_(request.repeatable),
      proxy_(shared_->options.proxies.find(request.url)),
      body_(request.body),
      watchdog_(shared_->options.patience),
      header_(shared_->options.header_block) {
  if (body_) reader_.emplace(*body_);
  try {
    configure(request);
    check(curl_.multi_add_handle(lane_->multi.get(), lane_->easy.get()), "a request");
  } catch (...) {
    lane_.reset();
    throw;
  }
}

void Exchange::configure(const Request& request) {
  const auto& options = shared_->options;
  curl_.easy_reset(lane_->easy.get());
  set(CURLOPT_URL, request.url.text().c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect.count()));
  set(CURLOPT_USERAGENT, options.user_agent.c_str());
  // What a proxy encodes all the same is decoded, and the digest decides (hostile.md, 133).
  set(CURLOPT_ACCEPT_ENCODING, "identity");
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_BUFFERSIZE, 128L * 1024);
  set(CURLOPT_UPLOAD_BUFFERSIZE, 128L * 1024);
  set(CURLOPT_ERRORBUFFER, words_.data());
  // Both are always set: otherwise libcurl looks into the environment.
  set(CURLOPT_PROXY, proxy_ == nullptr ? "" : proxy_->url.c_str());
  set(CURLOPT_NOPROXY, "");
  if (proxy_ == nullptr && options.only_public && options.only_public(request.url)) {
    set(CURLOPT_OPENSOCKETFUNCTION, &Exchange::on_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  }
  if (!options.unix_socket.empty()) set(CURLOPT_UNIX_SOCKET_PATH, options.unix_socket.c_str());
  if (request.url.scheme == "https") configure_tls();
  set(CURLOPT_HEADERFUNCTION, &Exchange::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &Exchange::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));

  const bool sends =
      request.body || request.method == "PUT" || request.method == "POST" || request.method == "PATCH";
  if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  if (sends) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body ? request.body->size : 0));
    set(CURLOPT_READFUNCTION, &Exchange::on_send);
    set(CURLOPT_READDATA, static_cast<void*>(this));
    set(CURLOPT_SEEKFUNCTION, &Exchange::on_seek);
    set(CURLOPT_SEEKDATA, static_cast<void*>(this));
  }
  if (sends || (request.method != "GET" && request.method != "HEAD"))
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());

  const auto add = [&](const std::string& line) {
    curl_slist* const longer = curl_.slist_append(fields_.get(), line.c_str());
    if (longer == nullptr) throw Error(ErrorKind::machine_limit, "no memory for a request");
    static_cast<void>(fields_.release());
    fields_.reset(longer);
  };
  add("Expect:");  // registries that know no 100-continue would cost a second each time
  for (const auto& field : request.headers.fields()) add(fmt::format("{}: {}", field.first, field.second));
  if (!request.authorization.empty()) add(fmt::format("Authorization: {}", request.authorization));
  set(CURLOPT_HTTPHEADER, fields_.get());
}

// Lanes are kept by origin, so a connection that was opened with an identity serves no other host.
void Exchange::configure_tls() {
  if (!shared_->options.authorities.empty()) set(CURLOPT_CAINFO, shared_->options.authorities.c_str());
  if (shared_->options.identity) identity_ = shared_->options.identity(url_.authority());
  if (!identity_) return;
  if (identity_->unverified) {
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  const auto give = [&](CURLoption option, const std::string& text) {
    if (text.empty()) return;
    curl_blob blob{const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
    set(option, &blob);
  };
  give(CURLOPT_CAINFO_BLOB, identity_->authorities);  // the system's folder of authorities still counts
  give(CURLOPT_SSLCERT_BLOB, identity_->certificate);
  give(CURLOPT_SSLKEY_BLOB, identity_->key);
}

void Exchange::release() {
  if (!lane_) return;
  curl_.multi_remove_handle(lane_->multi.get(), lane_->easy.get());
  // Forgets the callbacks, which point to this exchange, and keeps the connections.
  curl_.easy_reset(lane_->easy.get());
  try {
    shared_->give(std::move(lane_));
  } catch (...) {
    lane_.reset();  // no memory to keep it
  }
}

template <class Done>
void Exchange::drive(const Done& done) {
  for (;;) {
    int running = 0;
    check(curl_.multi_perform(lane_->multi.get(), &running), "a transfer");
    collect_end();
    if (done() || finished_) return;
    throw_if_stopped(shared_->stop);
    const auto start = Clock::now();
    const auto wait =
        std::min({longest_poll, shared_->options.patience.first_byte, shared_->options.patience.slow_window});
    check(curl_.multi_poll(lane_->multi.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr),
          "to wait");
    watch(std::chrono::duration_cast<milliseconds>(Clock::now() - start));
  }
}

void Exchange::collect_end() {
  if (failure_) {
    // Taken out first: whoever catches it may change it, while this exchange is still being unwound.
    const auto failure = std::exchange(failure_, nullptr);
    std::rethrow_exception(failure);
  }
  int waiting = 0;
  while (const CURLMsg* message = curl_.multi_info_read(lane_->multi.get(), &waiting)) {
    if (message->msg != CURLMSG_DONE) continue;
    finished_ = true;
    end_ = message->data.result;
  }
}

// Only time spent waiting for the other side counts, not what a slow reader of the body takes.
void Exchange::watch(milliseconds waited) {
  curl_off_t ready = 0;
  curl_.easy_getinfo(lane_->easy.get(), CURLINFO_PRETRANSFER_TIME_T, &ready);
  if (ready == 0) return;  // still connecting, which has its own limit
  watchdog_.waited(waited);
  const bool asked = !header_.done() && (!reader_ || reader_->finished());
  if (asked && !header_.started()) {
    if (watchdog_.no_answer())
      failed().refuse(
          ErrorKind::network, "waiting for an answer from",
          fmt::format("none came within {} seconds", shared_->options.patience.first_byte.count() / 1000),
          true);
  } else if (watchdog_.too_slow()) {
    failed().refuse(ErrorKind::network, header_.done() ? "receiving from" : "sending to",
                    fmt::format("fewer than {} bytes per second passed for {} seconds",
                                shared_->options.patience.slow_rate,
                                shared_->options.patience.slow_window.count() / 1000),
                    true);
  }
}

std::size_t Exchange::read(MutableBytes buffer) {
  if (taken_ == received_.size()) {
    received_.clear();
    taken_ = 0;
    if (paused_) {
      paused_ = false;
      check(curl_.easy_pause(lane_->easy.get(), CURLPAUSE_CONT), "to go on");
    }
    if (!finished_) drive([&] { return !received_.empty(); });
    // What came before a cut is given first: whoever resumes need not ask for it again.
    if (received_.empty() && finished_) {
      if (end_ != CURLE_OK) fail(end_);
      release();
      return 0;
    }
  }
  const auto count = std::min(buffer.size(), received_.size() - taken_);
  std::memcpy(buffer.data(), received_.data() + taken_, count);
  taken_ += count;
  return count;
}

std::size_t Exchange::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  if (exchange.received_.size() >= received_limit) {
    exchange.paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  return exchange.guarded(0, [&] {
    exchange.watchdog_.moved(size * count);
    exchange.received_.append(data, size * count);
    return size * count;
  });
}

std::size_t Exchange::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  return exchange.guarded(0, [&] {
    exchange.watchdog_.moved(size * count);
    in_context(
        [&] {
          return fmt::format("{} {}: reading the answer of {}", exchange.method_, exchange.url_.redacted(),
                             exchange.url_.authority());
        },
        [&] {
          exchange.header_.take({data, size * count});
        });
    return size * count;
  });
}

std::size_t Exchange::on_send(char* data, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  if (!exchange.reader_) return CURL_READFUNC_ABORT;  // answered before everything was sent
  return exchange.guarded(CURL_READFUNC_ABORT, [&] {
    const auto given = exchange.reader_->read(std::as_writable_bytes(std::span(data, size * count)));
    exchange.watchdog_.moved(given);
    return given;
  });
}

// libcurl rewinds when a kept connection turns out to be closed before anything of the answer came.
int Exchange::on_seek(void* self, curl_off_t offset, int origin) {
  auto& exchange = *static_cast<Exchange*>(self);
  if (offset != 0 || origin != SEEK_SET || !exchange.reader_ || !exchange.repeatable_)
    return CURL_SEEKFUNC_CANTSEEK;
  const auto done = exchange.guarded(1, [&]() -> std::size_t {
    exchange.reader_->rewind();
    return 0;
  });
  return done == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

// A name may resolve to any address: only here is known which one it is (hostile.md, 113).
curl_socket_t Exchange::on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  if (is_private_address(address->addr)) {
    static_cast<Exchange*>(self)->refused_address_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

FailedRequest Exchange::failed() const {
  return {method_,           url_,
          identity_.get(),   proxy_ == nullptr ? std::string() : proxy_->shown,
          header_.started(), header_.done()};
}

void Exchange::fail(CURLcode code) const {
  if (refused_address_ && code == CURLE_COULDNT_CONNECT)
    failed().refuse(ErrorKind::registry, "connecting to", "it is at a private address", false);
  FailedRequest::Failure failure{code,
                                 words_[0] != '\0' ? escaped(words_.data()) : curl_.easy_strerror(code)};
  curl_.easy_getinfo(lane_->easy.get(), CURLINFO_OS_ERRNO, &failure.system_error);
  curl_.easy_getinfo(lane_->easy.get(), CURLINFO_HTTP_CONNECTCODE, &failure.tunnel_status);
  failed().fail(failure);
}

// The body of an answer.
class ExchangeSource final : public ByteSource {
 public:
  explicit ExchangeSource(std::unique_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  std::size_t read(MutableBytes buffer) override {
    if (!exchange_) return 0;
    const auto count = exchange_->read(buffer);
    if (count == 0) exchange_.reset();
    return count;
  }

 private:
  std::unique_ptr<Exchange> exchange_;
};

}  // namespace

CurlTransport::CurlTransport(TransportOptions options, std::stop_token stop)
    : shared_(std::make_shared<Shared>()) {
  shared_->options = std::move(options);
  shared_->stop = std::move(stop);
}
CurlTransport::~CurlTransport() = default;

Response CurlTransport::send(const Request& request) {
  throw_if_stopped(shared_->stop);
  auto exchange = std::make_unique<Exchange>(shared_, request);
  exchange->run_to_header();
  Response response{exchange->status(), exchange->take_headers(), request.url, nullptr};
  response.body = std::make_unique<ExchangeSource>(std::move(exchange));
  return response;
}

}  // namespace whittle::registry
