#include "running/profile_fetch.hpp"

#include <fmt/format.h>

#include <memory>

#include "common/error.hpp"
#include "common/text.hpp"
#include "running/local_client.hpp"

namespace whittle::running {
namespace {

constexpr std::size_t largest_answer = 32U << 20U;
constexpr std::chrono::milliseconds timeout{10'000};

}  // namespace

LocalUrl heap_profile_url(LocalUrl url) {
  if (url.target.ends_with("/pprof")) url.target += '/';
  if (url.target.ends_with('/')) url.target += "heap";
  return url;
}

HeapMoment fetch_heap(NetworkDoor& door, const LocalUrl& url, double at, const std::stop_token& stop) {
  const auto what = fmt::format("the profile at {}", shown(url.target));
  auto with_collection = url;
  with_collection.target += url.target.find('?') == std::string::npos ? "?gc=1" : "&gc=1";
  const auto answer = get(door, with_collection, largest_answer, timeout, stop);
  if (!answer) throw Error(ErrorKind::not_found, fmt::format("{} was not given within 10 s", what));
  if (answer->status != 200)
    throw Error(ErrorKind::not_found, fmt::format("{} was answered with status {}", what, answer->status));
  HeapMoment moment{at, read_heap_profile(std::make_unique<TextSource>(answer->body), what), {}};
  auto beside = url;
  beside.target = beside.target.substr(0, beside.target.find('?'));
  beside.target = beside.target.substr(0, beside.target.rfind('/') + 1) + "goroutine?debug=1";
  if (const auto goroutines = get(door, beside, largest_answer, timeout, stop);
      goroutines && goroutines->status == 200)
    moment.goroutines = goroutines_in(goroutines->body);
  return moment;
}

}  // namespace whittle::running
