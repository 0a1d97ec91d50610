#include "registry/curl_transport.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "common/parallel.hpp"
#include "common/text.hpp"
#include "registry/body_reader.hpp"
#include "registry/connect_rules.hpp"
#include "registry/curl_library.hpp"
#include "registry/header_reader.hpp"
#include "registry/registry_error.hpp"

namespace whittle::registry {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t received_limit = 1U << 20U;  // bytes that may wait for whoever reads the body
constexpr std::size_t idle_limit = 32;             // lanes
constexpr milliseconds longest_wait{200};          // until a stop is noticed

struct FreeEasy {
  const CurlLibrary* curl = nullptr;
  void operator()(CURL* handle) const { curl->easy_cleanup(handle); }
};
struct FreeMulti {
  const CurlLibrary* curl = nullptr;
  void operator()(CURLM* handle) const { curl->multi_cleanup(handle); }
};
struct FreeList {
  const CurlLibrary* curl = nullptr;
  void operator()(curl_slist* list) const { curl->slist_free_all(list); }
};

// A handle with the connections it has opened. Used by one exchange at a time.
struct Lane {
  explicit Lane(const CurlLibrary& curl)
      : multi(curl.multi_init(), FreeMulti{&curl}), easy(curl.easy_init(), FreeEasy{&curl}) {}
  std::unique_ptr<CURLM, FreeMulti> multi;
  std::unique_ptr<CURL, FreeEasy> easy;
  std::string origin = {};  // of the last request
};

}  // namespace

struct CurlTransport::Shared {
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
  [[noreturn]] void fail(CURLcode code) const;
  void explain_alert(std::string_view words) const;
  std::string how_to_show_a_certificate() const;
  std::string lost_alert() const;
  std::string naming(std::string_view doing) const {
    return fmt::format("{} {}: {} {}", method_, url_.redacted(), doing, url_.authority());
  }
  std::string why_not_connected(std::string_view words) const;
  [[noreturn]] void refuse(ErrorKind kind, std::string_view doing, std::string_view why, bool retryable,
                           std::string_view hint = {}) const;

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
  std::unique_ptr<Lane> lane_;
  std::string method_;
  Url url_;
  bool repeatable_;
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
  // The environment's proxies are for the outside.
  if (is_loopback(request.url.host)) set(CURLOPT_PROXY, "");
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
        std::min({longest_wait, shared_->options.patience.first_byte, shared_->options.patience.slow_window});
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
      refuse(ErrorKind::network, "waiting for an answer from",
             fmt::format("none came within {} seconds", shared_->options.patience.first_byte.count() / 1000),
             true);
  } else if (watchdog_.too_slow()) {
    refuse(ErrorKind::network, header_.done() ? "receiving from" : "sending to",
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
    in_context([&] { return exchange.naming("reading the answer of"); },
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

void Exchange::refuse(ErrorKind kind, std::string_view doing, std::string_view why, bool retryable,
                      std::string_view hint) const {
  RegistryError error(kind, fmt::format("{}: {}", naming(doing), why),
                      {.url = url_.redacted(), .retryable = retryable});
  if (!hint.empty()) error.hint(std::string(hint));
  throw error;
}

// libcurl's words name host and port once more where the system's error says it all.
std::string Exchange::why_not_connected(std::string_view words) const {
  long number = 0;
  curl_.easy_getinfo(lane_->easy.get(), CURLINFO_OS_ERRNO, &number);
  return number == 0 ? std::string(words) : std::generic_category().message(static_cast<int>(number));
}

// Alerts by which a server refuses the client's certificate, or that there is none (hostile.md, 190). They
// come while TLS is opened or, in TLS 1.3, in the place of the answer.
void Exchange::explain_alert(std::string_view words) const {
  const auto has = [&](std::string_view part) { return words.find(part) != std::string_view::npos; };
  if (!has(" alert ")) return;
  const bool certificate = has("certificate") || has("alert unknown ca") || has("alert access denied");
  const bool shown_one = identity_ && !identity_->certificate.empty();
  if (!certificate && (shown_one || !has("alert handshake failure"))) return;
  if (shown_one)
    refuse(ErrorKind::auth, "opening TLS with",
           fmt::format("it does not accept the client certificate {}: {}",
                       escaped(identity_->certificate_file.native(), false, 4096), words),
           false);
  refuse(certificate ? ErrorKind::auth : ErrorKind::network, "opening TLS with",
         certificate ? fmt::format("it demands a client certificate, and none is set up for it: {}", words)
                     : std::string(words),
         false, certificate ? how_to_show_a_certificate() : lost_alert());
}

std::string Exchange::how_to_show_a_certificate() const {
  return fmt::format(
      "put it and its key into certs.d/{} as client.cert and client.key, or give --cert and --key",
      url_.authority());
}

// A server that closes the connection behind its alert may take that back before it has been read.
std::string Exchange::lost_alert() const {
  if (url_.scheme != "https" || header_.started() || (identity_ && !identity_->certificate.empty()))
    return {};
  return "the server may demand a client certificate: " + how_to_show_a_certificate();
}

// Names the stage in which the way to the host broke (hostile.md, 129 and 188).
void Exchange::fail(CURLcode code) const {
  const auto words = words_[0] != '\0' ? escaped(words_.data()) : std::string(curl_.easy_strerror(code));
  long tunnel = 0;
  curl_.easy_getinfo(lane_->easy.get(), CURLINFO_HTTP_CONNECTCODE, &tunnel);
  if (tunnel == 407) refuse(ErrorKind::auth, "asking the proxy for", "it demands a login (407)", false);
  if (url_.scheme == "https") explain_alert(words);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      refuse(ErrorKind::network, "looking up the name", words, false,
             "check the registry's name in the reference");
    case CURLE_COULDNT_RESOLVE_PROXY:
      refuse(ErrorKind::network, "looking up the proxy for", words, false);
    case CURLE_COULDNT_CONNECT:
      refuse(ErrorKind::network, "connecting to", why_not_connected(words), true,
             "check that the registry is up, and its host and port in the reference");
    case CURLE_OPERATION_TIMEDOUT:  // only libcurl's words tell the two stages apart
      refuse(ErrorKind::network, words.starts_with("SSL") ? "opening TLS with" : "connecting to", words,
             true);
    case CURLE_PEER_FAILED_VERIFICATION:
      refuse(ErrorKind::network, "checking the TLS certificate of", words, false,
             words.find("issuer") == std::string::npos && words.find("self-signed") == std::string::npos
                 ? std::string()
                 : fmt::format(
                       "if it is to be trusted, put its authority's certificate into certs.d/{} as ca.crt, "
                       "or give --ca",
                       url_.authority()));
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      refuse(ErrorKind::network, "opening TLS with", words, false);
    case CURLE_PROXY:
      refuse(ErrorKind::network, "asking the proxy for", words, true);
    case CURLE_BAD_CONTENT_ENCODING:
      refuse(ErrorKind::registry, "reading the answer of",
             fmt::format("it is encoded though that was not asked for: {}", words), false);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      refuse(ErrorKind::registry, "reading the answer of", fmt::format("it is not HTTP: {}", words), false);
    case CURLE_OUT_OF_MEMORY:
      if (!header_.done() && header_.started())  // so libcurl calls a header line beyond its own limit
        refuse(ErrorKind::registry, "reading the answer of", "a line of its header is too long", false);
      throw Error(ErrorKind::machine_limit, fmt::format("no memory for a request to {}", url_.authority()));
    case CURLE_SEND_ERROR:
      refuse(ErrorKind::network, "sending to", words, true, lost_alert());
    default:
      refuse(ErrorKind::network, header_.done() ? "receiving from" : "waiting for an answer from", words,
             true, lost_alert());
  }
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
