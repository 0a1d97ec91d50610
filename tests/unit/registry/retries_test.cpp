#include "registry/retries.hpp"

#include <fmt/format.h>

#include <deque>
#include <random>
#include <thread>

#include "tests/support/fake_registry.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using namespace std::chrono_literals;
using registry::Retries;
using registry::RetryPolicy;
using Time = RetryPolicy::Time;

// A clock that sleeping moves.
class FakeClock final : public registry::RetryClock {
 public:
  struct State {
    std::chrono::steady_clock::time_point now{};
    std::vector<Time> slept;
    double dice = 0.5;
  };
  explicit FakeClock(State& state) : state_(state) {}
  std::chrono::steady_clock::time_point now() override { return state_.now; }
  void sleep(Time time, const std::stop_token&) override {
    state_.slept.push_back(time);
    state_.now += time;
  }
  double random() override { return state_.dice; }

 private:
  State& state_;
};

class RetriesTest : public testing::Test {
 protected:
  Retries make(RetryPolicy policy = {}) {
    return {policy, reporter_, stop_.get_token(), std::make_unique<FakeClock>(clock_)};
  }
  FakeClock::State clock_;
  RecordingReporter reporter_;
  std::stop_source stop_;
};

TEST_F(RetriesTest, WaitsDoubleUpToALimitAndAreDiced) {
  auto retries = make({.attempts = 10, .wait = 100ms, .longest_wait = 450ms});
  clock_.dice = 0.999999;
  for (unsigned attempt = 1; attempt <= 5; ++attempt) EXPECT_TRUE(retries.again("h", {attempt}));
  EXPECT_THAT(clock_.slept, testing::ElementsAre(100ms, 200ms, 400ms, 450ms, 450ms));
  clock_.dice = 0;
  EXPECT_TRUE(retries.again("h", {3}));
  EXPECT_EQ(clock_.slept.back(), 0ms);
}

TEST_F(RetriesTest, Hostile137_OnePatienceForAllRequestsOfAHost) {
  auto retries = make({.patience = 60s, .first_patience = 10s});
  EXPECT_TRUE(retries.again("new", {1}));
  clock_.now += 10s;
  EXPECT_FALSE(retries.again("new", {1})) << "another request of the same command";
  EXPECT_TRUE(retries.again("other", {1}));
  retries.succeeded("other");
  clock_.now += 59s;
  EXPECT_TRUE(retries.again("other", {1}));
  clock_.now += 2s;
  EXPECT_FALSE(retries.again("other", {1}));
  retries.succeeded("other");
  EXPECT_TRUE(retries.again("other", {1}));
  EXPECT_FALSE(retries.again("other", {20})) << "attempts of one request are limited as well";
}

TEST_F(RetriesTest, Hostile135_APauseHoldsBackTheWholeHost) {
  auto retries = make();
  EXPECT_TRUE(retries.again("h", {.attempt = 1, .too_many = true, .pause = 30s, .why = "GET x: 429"}));
  EXPECT_THAT(clock_.slept, testing::ElementsAre(30s));
  EXPECT_THAT(reporter_.lines(), testing::ElementsAre("note: GET x: 429; trying again in 30.0 s"));
  clock_.now -= 10s;  // as another thread sees it while the first one sleeps
  { const auto turn = retries.enter("h"); }
  EXPECT_EQ(clock_.slept.back(), 10s);
  const auto slept = clock_.slept.size();
  { const auto turn = retries.enter("elsewhere"); }
  EXPECT_EQ(clock_.slept.size(), slept);
}

TEST_F(RetriesTest, Hostile135_PausesBeyondTheLimitAreNotWaitedFor) {
  auto retries = make({.longest_pause = 100s});
  EXPECT_FALSE(retries.again("h", {.attempt = 1, .pause = 101s}));
  EXPECT_TRUE(retries.again("h", {.attempt = 1, .pause = 60s}));
  EXPECT_TRUE(retries.again("h", {.attempt = 1, .pause = 30s}));
  EXPECT_FALSE(retries.again("h", {.attempt = 1, .pause = 20s})) << "the limit is for the whole command";
  EXPECT_TRUE(retries.again("h", {.attempt = 1, .pause = 0s})) << "asks for nothing";
}

TEST_F(RetriesTest, AHostThatComplainsIsAskedLessAtOnce) {
  auto retries = make();
  std::deque<Retries::Turn> turns;
  for (int i = 0; i < 8; ++i) turns.push_back(retries.enter("h"));
  turns.pop_back();  // the one that is told 429
  EXPECT_TRUE(retries.again("h", {.attempt = 1, .too_many = true}));
  while (turns.size() > 3) turns.pop_back();
  turns.push_back(retries.enter("h"));  // the fourth of four places
  std::jthread fifth([&] { const auto turn = retries.enter("h"); });
  std::this_thread::sleep_for(20ms);
  turns.pop_back();
  fifth.join();  // hangs if the place is not given on
}

TEST_F(RetriesTest, AStopEndsTheWaitForAPlace) {
  auto retries = make();
  EXPECT_TRUE(retries.again("h", {.attempt = 1, .too_many = true}));
  const auto only = retries.enter("h");
  std::jthread stopper([&] { stop_.request_stop(); });
  expect_error(ErrorKind::interrupted, "", [&] {
    for (;;) const auto turn = retries.enter("h");
  });
}

TEST_F(RetriesTest, Hostile225_AStopEndsAWait) {
  Retries retries({}, reporter_, stop_.get_token());
  std::jthread stopper([this] {
    std::this_thread::sleep_for(20ms);
    stop_.request_stop();
  });
  const auto start = std::chrono::steady_clock::now();
  expect_error(ErrorKind::interrupted, "", [&] { retries.wait(30s, 30s); });
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST(RetryAfter, Hostile135_BothForms) {
  const auto now = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 30s;
  using registry::parse_retry_after;
  EXPECT_EQ(parse_retry_after("120", now), 120s);
  EXPECT_EQ(parse_retry_after(" 0 ", now), 0s);
  EXPECT_EQ(parse_retry_after("-5", now), 0s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), 7s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), 0s);
  EXPECT_GT(parse_retry_after("99999999999999999999", now), 24h * 365);
  for (const char* bad : {"", "soon", "1.5", "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
                          "Sun, 06 Nov 1994 25:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "-"})
    EXPECT_FALSE(parse_retry_after(bad, now)) << bad;
}

// Whole requests, against a registry that fails on command.
class RetryingTest : public PlaceTest {
 protected:
  RetryingTest() {
    retries_ = {.attempts = 6, .wait = 1ms, .longest_wait = 2ms};
    registry_.put_blob("shop/api", large_);
  }
  layers::Descriptor large() const { return {"application/octet-stream", Digest::of(large_), large_.size()}; }
  std::string place(const std::string& rest = "") const { return registry_.host() + "/shop/api" + rest; }
  std::string fetch() { return read_blob(*source(place()), large()); }
  std::string blob_path() const { return "/blobs/" + large().digest.text(); }
  // The answers to GET of the large blob: each function once, then as usual.
  using Twist = std::function<Answer(Answer)>;
  void twist(std::vector<Twist> twists) {
    auto rest = std::make_shared<std::deque<Twist>>(twists.begin(), twists.end());
    registry_.decide([this, rest](const Received& request) -> std::optional<Answer> {
      if (request.method != "GET" || request.target.find(blob_path()) == std::string::npos || rest->empty())
        return {};
      Answer answer{200, {}, large_};
      if (const auto range = request.header("range"); !range.empty()) {
        const auto from = std::stoull(range.substr(6));
        answer = {206,
                  {{"Content-Range", fmt::format("bytes {}-{}/{}", from, large_.size() - 1, large_.size())}},
                  large_.substr(from)};
      }
      answer = rest->front()(std::move(answer));
      rest->pop_front();
      return answer;
    });
  }
  static Answer cut(Answer answer, std::size_t after) {
    answer.cut_after = after;
    return answer;
  }
  std::vector<std::string> ranges() const {
    std::vector<std::string> result;
    for (const auto& request : registry_.server().requests())
      if (request.target.find(blob_path()) != std::string::npos) result.push_back(request.header("range"));
    return result;
  }

  static std::string some_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    unsigned state = 7;
    for (auto& c : bytes) c = static_cast<char>((state = state * 1103515245U + 12345U) >> 16U);
    return bytes;
  }
  const std::string large_ = some_bytes(5U << 20U);
  MemoryImage image_ = make_image();
  FakeRegistry registry_;
};

TEST_F(RetryingTest, Hostile130_ACutDownloadGoesOnWhereItStopped) {
  for (const std::size_t at :
       {std::size_t(0), std::size_t(1), std::size_t(4096), std::size_t(1) << 20U, large_.size() - 1}) {
    twist({[&](Answer answer) { return cut(std::move(answer), at); }});
    const auto before = ranges().size();
    EXPECT_EQ(fetch(), large_) << at;
    const auto asked = ranges();
    ASSERT_EQ(asked.size(), before + 2) << at;
    // What was under way when the connection broke may be lost; nothing is asked for twice beyond that.
    if (asked.back().empty()) continue;
    EXPECT_LE(std::stoull(asked.back().substr(6)), at) << at;
  }
}

TEST_F(RetryingTest, Hostile130_ACutDocumentIsAskedForAgain) {
  copy(image_, *destination(place()), {"v"});
  const auto& document = image_.root();
  for (const std::size_t at : {std::size_t(0), std::size_t(1), document.bytes.size() - 1}) {
    unsigned asked = 0;
    registry_.decide([&](const Received& request) -> std::optional<Answer> {
      if (request.method != "GET" || request.target.find("/manifests/") == std::string::npos) return {};
      Answer whole{200, {{"Content-Type", document.media_type}}, document.bytes};
      return asked++ == 0 ? cut(std::move(whole), at) : whole;
    });
    EXPECT_EQ(source(place(":v"))->root().bytes, document.bytes) << at;
    EXPECT_EQ(asked, 2U) << at;
  }
}

TEST_F(RetryingTest, Hostile130_ADocumentThatIsAlwaysCutEndsInTheCut) {
  registry_.decide([&](const Received& request) -> std::optional<Answer> {
    if (request.target.find("/manifests/") == std::string::npos) return {};
    return cut({200, {{"Content-Type", "application/json"}}, std::string(1000, ' ')}, 10);
  });
  expect_error(ErrorKind::network, "receiving from", [&] { source(place(":v"))->root(); });
}

TEST_F(RetryingTest, Hostile130_CutsWithProgressDoNotCount) {
  std::vector<Twist> twists;
  for (int i = 0; i < 3; ++i)
    twists.emplace_back([](Answer answer) { return cut(std::move(answer), 1'500'000); });
  retries_.attempts = 2;
  twist(twists);
  EXPECT_EQ(fetch(), large_);
}

// What is sent again after fifty cuts is less than a hundredth of the blob.
TEST_F(RetryingTest, Hostile130_LittleIsSentTwice) {
  const std::string huge = some_bytes(64U << 20U);
  registry_.put_blob("shop/huge", huge);
  auto sent = std::make_shared<std::size_t>(0);
  auto cuts = std::make_shared<int>(0);
  registry_.decide([&, sent, cuts](const Received& request) -> std::optional<Answer> {
    if (request.method != "GET") return std::nullopt;
    const auto range = request.header("range");
    const std::size_t from = range.empty() ? 0 : std::stoull(range.substr(6));
    Answer answer{range.empty() ? 200 : 206, {}, huge.substr(from)};
    if (!range.empty())
      answer.headers = {{"Content-Range", fmt::format("bytes {}-{}/{}", from, huge.size() - 1, huge.size())}};
    const std::size_t part = 1'200'000;
    if (++*cuts <= 50) answer.cut_after = part;
    *sent += std::min(answer.body.size(), answer.cut_after.value_or(answer.body.size()));
    return answer;
  });
  const layers::Descriptor blob{"application/octet-stream", Digest::of(huge), huge.size()};
  CountingSink nowhere;
  const auto from = source(registry_.host() + "/shop/huge");
  pump(*from->open_blob(blob), nowhere);
  EXPECT_EQ(nowhere.count(), huge.size());
  EXPECT_GT(*cuts, 50);
  EXPECT_LT(*sent, huge.size() / 100 * 101);
}

TEST_F(RetryingTest, Hostile130_CutsWithoutProgressAreLimited) {
  twist(std::vector<Twist>(10, [](Answer answer) { return cut(std::move(answer), 1000); }));
  const auto error = expect_error(ErrorKind::network, "receiving from", [&] { fetch(); });
  EXPECT_EQ(ranges().size(), 6U);
  EXPECT_THAT(error.hints(), testing::Contains(testing::HasSubstr("6 times without")));
}

TEST_F(RetryingTest, Hostile131_OddAnswersToARangeStartAgain) {
  const Twist cut_first = [](Answer answer) { return cut(std::move(answer), 2'000'000); };
  const std::vector<Twist> odd = {
      [this](Answer) {
        return Answer{200, {}, large_};
      },
      [this](Answer) {
        return Answer{206,
                      {{"Content-Range", fmt::format("bytes 5-{}/{}", large_.size() - 1, large_.size())}},
                      large_.substr(5)};
      },
      [](Answer answer) {
        answer.headers = {{"Content-Range", "bytes 2000000-2000001/99999999"}};
        return answer;
      },
      [](Answer answer) {
        answer.headers = {{"Content-Type", "multipart/byteranges; boundary=x"}};
        return answer;
      },
      [](Answer) {
        return Answer{416, {}, ""};
      },
  };
  for (std::size_t i = 0; i < odd.size(); ++i) {
    twist({cut_first, odd[i]});
    EXPECT_EQ(fetch(), large_) << i;
  }
}

TEST_F(RetryingTest, Hostile132_ABlobThatEndsEarlyAgainAndAgain) {
  twist(std::vector<Twist>(10, [](Answer answer) {
    answer.body.resize(std::min<std::size_t>(answer.body.size(), 100));
    answer.headers.clear();
    answer.status = 200;
    return answer;
  }));
  expect_error(ErrorKind::integrity, "has 100 bytes, stated are 5242880", [&] { fetch(); });
}

TEST_F(RetryingTest, Hostile130_OtherBytesAfterACutAreNoticed) {
  twist({[](Answer answer) { return cut(std::move(answer), 2'000'000); },
         [](Answer answer) {
           answer.body[10] ^= 1;
           return answer;
         }});
  expect_error(ErrorKind::integrity, "digest", [&] { fetch(); });
}

TEST_F(RetryingTest, Hostile136_PassingStatusesPass) {
  for (const int status : {408, 429, 499, 500, 502, 503, 504, 522}) {
    registry_.clear_faults();
    registry_.fault("", "/shop/api/", test::refusal(status, "UNAVAILABLE", "come back later"), 5);
    copy(image_, *destination(place()), {fmt::format("s{}", status)});
    EXPECT_EQ(registry_.tag("shop/api", fmt::format("s{}", status)), image_.root().digest) << status;
  }
}

TEST_F(RetryingTest, Hostile136_BeyondTheAttemptsTheLastWordsAreTold) {
  registry_.fault("", "/manifests/", test::refusal(503, "UNAVAILABLE", "down for maintenance"), 1000);
  const auto error = expect_error(ErrorKind::registry, "503 UNAVAILABLE: down for maintenance",
                                  [&] { source(place(":1"))->root(); });
  EXPECT_EQ(registry_.count("GET", "/manifests/"), 6U);
  EXPECT_THAT(error.hints(), testing::Contains("it was tried 6 times"));
}

TEST_F(RetryingTest, Hostile136_OtherStatusesAreFinal) {
  for (const int status : {400, 403, 404, 405, 410, 501}) {
    registry_.clear_faults();
    registry_.fault("GET", "/manifests/", test::refusal(status, "NO", "no"), 1000);
    const auto before = registry_.count("GET", "/manifests/");
    EXPECT_THROW(source(place(":1"))->root(), Error);
    EXPECT_EQ(registry_.count("GET", "/manifests/"), before + 1) << status;
  }
}

TEST_F(RetryingTest, Hostile145_AnUploadThatFailsIsMadeAnewInASessionOfItsOwn) {
  registry_.fault("PUT", "/blobs/uploads/", test::refusal(502, "BAD", "gateway"), 2);
  copy(image_, *destination(place()), {"1"});
  EXPECT_EQ(registry_.tag("shop/api", "1"), image_.root().digest);
  EXPECT_EQ(registry_.uploads_opened(), 5U) << "three blobs, and two once more";
  EXPECT_EQ(registry_.count("DELETE", "/blobs/uploads/"), 2U) << "what cannot go on is cancelled";
}

TEST_F(RetryingTest, Hostile151_ADigestThatIsNotBelievedIsSentOnceMore) {
  registry_.fault("PUT", "/blobs/uploads/", test::refusal(400, "DIGEST_INVALID", "no"), 1);
  copy(image_, *destination(place()), {"1"});
  EXPECT_EQ(registry_.tag("shop/api", "1"), image_.root().digest);
  registry_.fault("PUT", "/blobs/uploads/", test::refusal(400, "DIGEST_INVALID", "no"), 1000);
  auto other = make_image("other");
  expect_error(ErrorKind::registry, "DIGEST_INVALID", [&] { copy(other, *destination(place()), {"2"}); });
  EXPECT_FALSE(registry_.tag("shop/api", "2"));
}

// Whatever fails, in whatever order: a copy that says that it succeeded did, and it says so.
TEST_F(RetryingTest, AThirdOfAllRequestsFail) {
  retries_ = {.attempts = 20, .wait = 1ms, .longest_wait = 1ms};
  std::minstd_rand dice(1);
  const auto one_of = [&](unsigned count) {
    return std::uniform_int_distribution<unsigned>(0, count - 1)(dice);
  };
  registry_.decide([&](const Received& request) -> std::optional<Answer> {
    if (one_of(10) >= 3) return std::nullopt;
    const bool asks_for_a_document =
        request.method == "GET" && request.target.find("/manifests/") != std::string::npos;
    if (asks_for_a_document && one_of(2) == 0)
      return Answer{.raw = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"schemaVersion\":"};
    switch (one_of(5)) {
      case 0:
        return test::refusal(503, "UNAVAILABLE", "later");
      case 1:
        return Answer{429, {{"Retry-After", "0"}}};
      case 2:
        return Answer{.close_unanswered = true};
      case 3:
        return Answer{.raw = "HTTP/1.1 200 OK\r\nContent-Le"};
      default:
        return Answer{502, {}, "a gateway without words"};
    }
  });
  for (int round = 0; round < 40; ++round) {
    auto image = make_image(fmt::format("image {}", round));
    const auto tag = fmt::format("r{}", round);
    copy(image, *destination(place()), {tag});
    EXPECT_EQ(registry_.tag("shop/api", tag), image.root().digest);
    for (const auto& layer : layers::parse_manifest(image.root(), "m").layers)
      EXPECT_TRUE(registry_.has_blob("shop/api", layer.digest));
    MemoryImage back;
    copy(*source(place(":" + tag)), *destination("oci:" + (path() / "layout").string()), {tag});
  }
}

// Uploads of the large blob to a registry that takes small bodies only.
class ChunksTest : public RetryingTest {
 protected:
  void limit(std::size_t bytes) {
    registry_.decide([bytes](const Received& request) -> std::optional<Answer> {
      if (request.body.size() > bytes) return Answer{413, {}, "<html>too large</html>"};
      return std::nullopt;
    });
  }
  void push() {
    MemoryImage image;
    const auto blob = image.add_blob("application/octet-stream", large_);
    const auto to = destination(registry_.host() + "/shop/big");
    SilentReporter silent;
    to->put_blob(
        blob, [&] { return image.open_blob(blob); }, *silent.start("x", 0));
    EXPECT_TRUE(registry_.has_blob("shop/big", blob.digest));
  }
};

TEST_F(ChunksTest, Hostile147_ABodyThatIsTooLargeGoesInChunks) {
  limit(1U << 20U);
  push();
  EXPECT_GT(registry_.count("PATCH", "/uploads/"), 4U);
}

TEST_F(ChunksTest, Hostile147_NothingHelpsWhereEvenSmallBodiesAreRefused) {
  limit(1000);
  expect_error(ErrorKind::limit, "413", [&] { push(); });
}

TEST_F(ChunksTest, Hostile146_TheAnswerToAChunkIsLost) {
  auto lost = std::make_shared<int>(0);
  registry_.decide([lost](const Received& request) -> std::optional<Answer> {
    if (request.body.size() > (1U << 20U)) return Answer{413};
    if (request.method == "PATCH" && ++*lost == 2) return Answer{.close_unanswered = true};
    return std::nullopt;
  });
  push();  // the chunk was not stored: a fresh session
  EXPECT_EQ(registry_.count("GET", "/uploads/"), 1U);
}

TEST_F(ChunksTest, Hostile147_ARangeThatStopsAdvancingEndsIt) {
  registry_.decide([](const Received& request) -> std::optional<Answer> {
    if (request.body.size() > (1U << 20U)) return Answer{413};
    if (request.method == "PATCH")
      return Answer{202, {{"Location", "/v2/shop/big/blobs/uploads/9"}, {"Range", "0-0"}}};
    return std::nullopt;
  });
  expect_error(ErrorKind::registry, "states Range 0-0", [&] { push(); });
}

TEST_F(ChunksTest, Hostile148_AnAbsurdLeastChunkIsClamped) {
  registry_.decide([](const Received& request) -> std::optional<Answer> {
    if (request.method == "POST")
      return Answer{
          202, {{"Location", "/v2/shop/big/blobs/uploads/1"}, {"OCI-Chunk-Min-Length", "99999999999999999"}}};
    if (request.method == "PUT" && request.body.size() > (1U << 20U)) return Answer{413};
    return std::nullopt;
  });
  push();  // in one chunk, for the least is more than there is
  EXPECT_EQ(registry_.count("PATCH", "/uploads/"), 1U);
}

}  // namespace
}  // namespace whittle::test
