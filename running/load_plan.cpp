#include "running/load_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"

namespace whittle::running {
namespace {

constexpr std::size_t most_requests = 100'000;
constexpr std::size_t largest_request_body = 1U << 20U;
constexpr std::size_t largest_plan = 64U << 20U;
constexpr double highest_rate = 1'000'000;
constexpr std::array<std::string_view, 7> methods = {"GET",   "HEAD",   "POST",   "PUT",
                                                     "PATCH", "DELETE", "OPTIONS"};

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty())
    if (const auto word = take_until(line, ' '); !word.empty()) words.push_back(word);
  return words;
}

double decimal_of(std::string_view text, std::string_view what) {
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
      !std::isfinite(value) || value <= 0)
    throw Error(ErrorKind::usage, fmt::format("{} is no {}", shown(text), what));
  return value;
}

std::string head_of(std::string_view method, const LocalUrl& url, bool keep_alive) {
  return fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: whittle\r\nAccept: */*\r\n{}", method,
                     url.target, url.authority, keep_alive ? "" : "Connection: close\r\n");
}

class LoadFile {
 public:
  LoadFile(const std::filesystem::path& file) : file_(file) {}

  LoadPlan read() {
    const auto text = read_file(file_, largest_plan);
    for (std::string_view rest = text; !rest.empty();) {
      auto line = take_until(rest, '\n');
      ++number_;
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
      if (const auto words = words_of(line); !words.empty() && !words.front().starts_with('#')) add(words);
    }
    if (plan_.requests.empty()) throw Error(ErrorKind::usage, fmt::format("{} names no requests", name()));
    return std::move(plan_);
  }

 private:
  std::string name() const { return escaped(file_.native(), false, 4096); }
  [[noreturn]] void wrong(std::string_view why) const {
    throw Error(ErrorKind::usage, fmt::format("{}:{}: {}", name(), number_, why))
        .hint("a line is METHOD URL [BODY-FILE], for example: GET http://localhost:8080/");
  }

  void add(const std::vector<std::string_view>& words) {
    if (words.size() < 2 || words.size() > 3) wrong("is no request");
    if (std::find(methods.begin(), methods.end(), words[0]) == methods.end())
      wrong(fmt::format("{} is no method", shown(words[0])));
    const auto url = in_context([&] { return fmt::format("{}:{}", name(), number_); },
                                [&] { return LocalUrl::parse(words[1]); });
    if (plan_.requests.empty()) plan_.target = url;
    if (url.port != plan_.target.port || url.ipv6 != plan_.target.ipv6)
      wrong(
          fmt::format("goes to {}, and the requests before go to {}", url.authority, plan_.target.authority));
    PlannedRequest request{head_of(words[0], url, true), words[0] == "HEAD"};
    if (words.size() == 3) {
      const auto body = read_file(file_.parent_path() / words[2], largest_request_body);
      request.bytes += fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
    } else {
      const bool may_have_one = words[0] == "POST" || words[0] == "PUT" || words[0] == "PATCH";
      request.bytes += may_have_one ? "Content-Length: 0\r\n\r\n" : "\r\n";
    }
    size_ += request.bytes.size();
    if (size_ > largest_plan) wrong(fmt::format("the requests have more than {}", human_size(largest_plan)));
    plan_.requests.push_back(std::move(request));
    if (plan_.requests.size() > most_requests)
      wrong(fmt::format("there are more than {} requests", most_requests));
  }

  std::filesystem::path file_;
  std::size_t number_ = 0;
  std::size_t size_ = 0;
  LoadPlan plan_;
};

}  // namespace

std::uint64_t Stage::requests() const {
  return static_cast<std::uint64_t>(rate * static_cast<double>(duration.count()) / 1000);
}

std::chrono::milliseconds parse_duration(std::string_view text, std::string_view what) {
  constexpr std::array<std::pair<std::string_view, double>, 4> units = {
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
  auto number = text;
  double unit = 1000;
  for (const auto& [name, milliseconds] : units)
    if (text.ends_with(name)) {
      number.remove_suffix(name.size());
      unit = milliseconds;
      break;
    }
  const auto value = decimal_of(number, what) * unit;
  if (value < 1 || value > 7 * 24 * 3'600'000.0)
    throw Error(ErrorKind::usage,
                fmt::format("{} is no {} between a millisecond and a week", shown(text), what));
  return std::chrono::milliseconds(static_cast<std::int64_t>(value));
}

std::vector<Stage> parse_stages(std::string_view text) {
  std::vector<Stage> stages;
  for (std::string_view rest = text; !rest.empty();) {
    auto one = take_until(rest, ',');
    const auto whole = one;
    const auto rate = take_until(one, ':');
    if (!rate.ends_with("/s") || one.empty())
      throw Error(ErrorKind::usage, fmt::format("{} is no stage", shown(whole)))
          .hint("write them as RATE/s:TIME, for example 50/s:30s,200/s:30s");
    Stage stage{decimal_of(rate.substr(0, rate.size() - 2), "rate"), parse_duration(one, "time of a stage")};
    if (stage.rate > highest_rate)
      throw Error(ErrorKind::usage,
                  fmt::format("{} is more than {} requests a second", shown(rate), highest_rate));
    stages.push_back(stage);
  }
  if (stages.empty() || stages.size() > 1000)
    throw Error(ErrorKind::usage, "there must be 1 to 1000 stages, for example 50/s:30s");
  return stages;
}

PlannedRequest get_request(const LocalUrl& url, bool keep_alive) {
  return {head_of("GET", url, keep_alive) + "\r\n", false};
}

LoadPlan read_load(const std::string& load, const std::filesystem::path& working_directory) {
  if (load.find("://") == std::string::npos) return LoadFile(working_directory / load).read();
  LoadPlan plan{LocalUrl::parse(load), {}, {}};
  plan.requests.push_back(get_request(plan.target));
  return plan;
}

}  // namespace whittle::running
