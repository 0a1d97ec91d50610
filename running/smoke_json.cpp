#include "running/smoke_json.hpp"

#include "common/text.hpp"
#include "running/json_values.hpp"

namespace whittle::running {
namespace {

constexpr std::size_t most_listed_growths = 20;

double milliseconds(std::chrono::nanoseconds time) {
  return rounded(static_cast<double>(time.count()) / 1e6);
}

Json memory_json(const MemoryByKind& memory) {
  return {{"total", memory.total},  {"anonymous", memory.anonymous}, {"file", memory.file},
          {"tmpfs", memory.shared}, {"kernel", memory.kernel},       {"sockets", memory.socket}};
}

Json latency_json(const LatencyHistogram& latency) {
  return {{"median", milliseconds(latency.at(0.5))},
          {"p90", milliseconds(latency.at(0.9))},
          {"p99", milliseconds(latency.at(0.99))},
          {"p999", milliseconds(latency.at(0.999))},
          {"longest", milliseconds(latency.longest())}};
}

Json load_json(const LoadResult& load) {
  auto stages = Json::array();
  for (const auto& stage : load.stages)
    stages.push_back({{"rate", stage.stage.rate},
                      {"seconds", rounded(std::chrono::duration<double>(stage.stage.duration).count())},
                      {"planned", stage.planned},
                      {"answered", stage.answered},
                      {"status4xx", stage.refused},
                      {"status5xx", stage.failed},
                      {"disconnected", stage.disconnected},
                      {"timedOut", stage.timed_out},
                      {"unsent", stage.unsent},
                      {"latencyMilliseconds", latency_json(stage.latency)}});
  auto course = Json::array();
  for (const auto& point : load.course)
    course.push_back({{"at", rounded(point.at)},
                      {"seconds", point.span},
                      {"answered", point.answered},
                      {"median", milliseconds(point.median)},
                      {"p99", milliseconds(point.p99)}});
  return {{"stages", std::move(stages)}, {"course", std::move(course)}, {"complete", load.complete}};
}

Json watched_json(const SmokeResult& result) {
  const auto& watched = result.watched;
  auto course = Json::array();
  for (const auto& sample : watched.samples) {
    auto point = memory_json(sample.memory);
    point["at"] = rounded(sample.at);
    point["rss"] = sample.rss;
    course.push_back(std::move(point));
  }
  auto steady = memory_json(result.steady.memory);
  steady["rss"] = result.steady.rss;
  steady["pss"] = result.steady.pss;
  return {{"by", watched.by_group ? "control-group" : "processes"},
          {"peak", watched.peak.value_or(watched.highest.memory.total)},
          {"peakIsCounted", watched.peak.has_value()},
          {"highest", memory_json(watched.highest.memory)},
          {"steady", std::move(steady)},
          {"pageFaults", watched.counters.page_faults},
          {"majorPageFaults", watched.counters.major_faults},
          {"oomKills", watched.counters.oom_kills},
          {"processes", watched.most_processes},
          {"processLimitHits", watched.counters.process_limit_hits},
          {"course", std::move(course)}};
}

Json cpu_json(const Counters& counters) {
  return {{"seconds", rounded(static_cast<double>(counters.cpu_microseconds) / 1e6)},
          {"periods", counters.periods},
          {"throttled", counters.throttled},
          {"throttledSeconds", rounded(static_cast<double>(counters.throttled_microseconds) / 1e6)}};
}

Json collections_json(const SmokeResult& result) {
  const auto& gc = result.collections;
  auto course = Json::array();
  for (const auto& one : gc.kept())
    course.push_back({{"at", one.at},
                      {"before", one.heap_before},
                      {"live", one.live},
                      {"goal", one.goal},
                      {"pause", rounded(one.pause_before + one.pause_after)}});
  return {{"count", gc.count()},
          {"highestLiveMiB", gc.highest_live()},
          {"highestHeapMiB", gc.highest_heap()},
          {"highestGoalMiB", gc.highest_goal()},
          {"pauseMilliseconds", latency_json(gc.pauses())},
          {"collectorShare", rounded(gc.collector_share(result.seconds))},
          {"busiestShare", rounded(gc.busiest_share())},
          {"assistShare", rounded(gc.assist_share(result.seconds))},
          {"course", std::move(course)}};
}

Json course_json(const HeapCourse& course) {
  Json json = {{"shape", name_of(course.shape)},     {"of", course.of_heap ? "heap" : "memory"},
               {"first", std::round(course.first)},  {"last", std::round(course.last)},
               {"seconds", rounded(course.seconds)}, {"evidence", course.evidence}};
  if (course.slope_per_hour > 0) json["bytesPerHour"] = std::round(course.slope_per_hour);
  if (course.seconds_until_limit) json["secondsUntilLimit"] = std::round(*course.seconds_until_limit);
  return json;
}

Json heaps_json(const SmokeResult& result) {
  auto moments = Json::array();
  for (const auto& moment : result.heaps)
    moments.push_back({{"at", rounded(moment.at)},
                       {"inUse", moment.heap.total},
                       {"goroutines", or_null(moment.goroutines)}});
  auto growths = Json::array();
  if (result.heaps.size() > 1)
    for (const auto& growth :
         growth_between(result.heaps.front().heap, result.heaps.back().heap, most_listed_growths))
      growths.push_back(
          {{"function", as_utf8(growth.function)}, {"before", growth.before}, {"after", growth.after}});
  return {{"moments", std::move(moments)}, {"growth", std::move(growths)}};
}

Json ending_json(const SmokeResult& result) {
  Json json = {{"stopSignal", result.stop_signal}, {"stoppedAfterSeconds", Json()}};
  if (result.stopped_after) json["stoppedAfterSeconds"] = rounded(*result.stopped_after);
  if (result.ending) {
    json["exitCode"] = result.ending->exit_code;
    json["signal"] = result.ending->signal;
  }
  return json;
}

}  // namespace

Json to_json(const SmokeResult& result) {
  auto problems = Json::array();
  for (const auto& problem : result.problems)
    problems.push_back({{"kind", name_of(problem.kind)}, {"text", problem.text}});
  Json json = {{"schemaVersion", 1},
               {"passed", result.problems.empty()},
               {"problems", std::move(problems)},
               {"runtime", result.runtime},
               {"limited", result.limited},
               {"users", result.as_root_of_caller       ? "caller"
                         : result.why_own_users.empty() ? "own"
                                                        : "machine"},
               {"memoryLimit", or_null(result.memory_limit)},
               {"cpuLimit", or_null(result.cpu_limit)},
               {"readyAfterSeconds", result.ready_after ? Json(rounded(*result.ready_after)) : Json()},
               {"memory", watched_json(result)},
               {"cpu", cpu_json(result.watched.counters)},
               {"collections", collections_json(result)},
               {"course", course_json(result.course)},
               {"end", ending_json(result)},
               {"output",
                {{"bytes", result.output_bytes},
                 {"stdout", as_utf8(result.output_tail)},
                 {"stderr", as_utf8(result.errors_tail)}}}};
  if (!result.heaps.empty()) json["heap"] = heaps_json(result);
  if (result.load) json["load"] = load_json(*result.load);
  return json;
}

}  // namespace whittle::running
