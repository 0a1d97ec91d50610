#include "running/heap_course.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/text.hpp"
#include "running/memory_size.hpp"

namespace whittle::running {
namespace {

constexpr std::size_t fewest_points = 5;
constexpr double shortest = 4;  // seconds
constexpr std::size_t slices = 40;
// Go tells of whole MiB, and programs breathe: less than this is no growth.
constexpr double least_growth = 4 * mebibyte;
constexpr double least_growth_share = 0.15;
// A program that grows does so in every third of the time, each at least this share of all growth.
constexpr double least_third = 0.15;
// Stairs are flat for most of the time, and go up by more than Go's rounding.
constexpr double flat_share = 0.5;
constexpr double least_step = 3 * mebibyte;
constexpr double share_in_steps = 0.7;
constexpr double most_fallen = 0.3;
// Bursts: how much higher the heap gets than it is in most of the time. A program with a large GOGC is always
// high.
constexpr double burst_factor = 3;
constexpr double usual_share = 0.25;
constexpr double least_burst = 24 * mebibyte;

// Where almost nothing is garbage the heap doubles from one collection to the next, and there are few.
constexpr std::size_t fewest_without_garbage = 3;
constexpr double share_without_garbage = 0.75;
// More goroutines than the connections of the load have, and than a pool may be filled with, are no requests
// on their way.
constexpr double least_goroutines = 300;
constexpr double goroutines_per_connection = 2;

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Trend {
  bool known = false;
  bool grows = false;
  double first = 0;
  double last = 0;
  double seconds = 0;
  double growth() const { return last - first; }
};

std::vector<CoursePoint> within(const std::vector<CoursePoint>& points, double from, double to) {
  std::vector<CoursePoint> result;
  for (const auto& point : points)
    if (point.at >= from && point.at <= to) result.push_back(point);
  return result;
}

// At equal distances, between points in proportion: how often a program collects says nothing of how it
// grows.
std::vector<double> resampled(const std::vector<CoursePoint>& points) {
  std::vector<double> values;
  std::size_t next = 0;
  for (std::size_t i = 0; i <= slices; ++i) {
    const auto at =
        points.front().at + (points.back().at - points.front().at) * static_cast<double>(i) / slices;
    while (next + 1 < points.size() && points[next + 1].at < at) ++next;
    const auto& before = points[next];
    const auto& after = points[std::min(next + 1, points.size() - 1)];
    const auto span = after.at - before.at;
    const auto share = span > 0 ? std::clamp((at - before.at) / span, 0.0, 1.0) : 0;
    values.push_back(before.bytes + (after.bytes - before.bytes) * share);
  }
  return values;
}

double median_of(const std::vector<double>& values, double from, double to) {
  const auto size = static_cast<double>(values.size());
  return median({values.begin() + static_cast<std::ptrdiff_t>(from * size),
                 values.begin() + static_cast<std::ptrdiff_t>(to * size)});
}

Trend trend_of(const std::vector<CoursePoint>& points) {
  Trend trend;
  if (points.size() < fewest_points || points.back().at - points.front().at < shortest) return trend;
  const auto values = resampled(points);
  trend.known = true;
  trend.first = median_of(values, 0, 0.15);
  trend.last = median_of(values, 0.85, 1);
  trend.seconds = (points.back().at - points.front().at) * 0.85;  // between the middles of those two
  const auto growth = trend.growth();
  const auto early = median_of(values, 0.3, 0.4) - trend.first;
  const auto late = trend.last - median_of(values, 0.6, 0.7);
  trend.grows = growth > least_growth && growth > least_growth_share * trend.first &&
                early > least_third * growth && late > least_third * growth;
  return trend;
}

bool is_stairs_by_time(const std::vector<CoursePoint>& points) {
  const auto values = resampled(points);
  const auto mean = (values.back() - values.front()) / slices;
  std::size_t flat = 0;
  double highest = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const auto step = values[i] - values[i - 1];
    if (step < 0.25 * mean) ++flat;
    highest = std::max(highest, step);
  }
  return static_cast<double>(flat) >= flat_share * slices && highest >= least_step;
}

// A machine that is short of time makes steps long, which by its collections are steps as ever: few of them
// find the growth, and most of the later ones, which are further apart than the first, none.
bool is_stairs_by_collection(const std::vector<CoursePoint>& points) {
  const auto growth = points.back().bytes - points.front().bytes;
  const auto mean = growth / static_cast<double>(points.size());
  double in_steps = 0;
  double fallen = 0;
  std::size_t later = 0;
  std::size_t flat = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const auto step = points[i].bytes - points[i - 1].bytes;
    if (step >= least_step) in_steps += step;
    fallen += std::max(0.0, -step);
    if (2 * i < points.size()) continue;
    ++later;
    if (step < 0.25 * mean) ++flat;
  }
  return in_steps >= share_in_steps * growth && fallen <= most_fallen * growth &&
         static_cast<double>(flat) >= flat_share * static_cast<double>(later);
}

bool is_stairs(const std::vector<CoursePoint>& points) {
  return is_stairs_by_time(points) || is_stairs_by_collection(points);
}

std::vector<double> sorted_bytes(const std::vector<CoursePoint>& points) {
  std::vector<double> bytes;
  for (const auto& point : points) bytes.push_back(point.bytes);
  std::sort(bytes.begin(), bytes.end());
  return bytes;
}

// What a course comes back to.
double usual_bytes(const std::vector<double>& sorted) {
  return sorted[static_cast<std::size_t>(usual_share * static_cast<double>(sorted.size()))];
}

double highest(const std::vector<CoursePoint>& points) {
  double bytes = 0;
  for (const auto& point : points) bytes = std::max(bytes, point.bytes);
  return bytes;
}

struct Bursts {
  double usual = 0;
  double highest = 0;
  std::size_t count = 0;
};

Bursts bursts_of(const std::vector<CoursePoint>& before) {
  const auto heaps = sorted_bytes(before);
  if (heaps.size() < fewest_points) return {};
  Bursts bursts{usual_bytes(heaps), heaps.back(), 0};
  const auto least = std::max(burst_factor * bursts.usual, bursts.usual + least_burst);
  for (const auto heap : heaps)
    if (heap > least) ++bursts.count;
  return bursts;
}

std::string size_text(double bytes) {
  return fmt::format("{:.1f} MiB", std::max(bytes, 0.0) / mebibyte);
}

void set_growth(HeapCourse& course, const Trend& trend, const CourseInput& input) {
  const auto per_second = trend.growth() / trend.seconds;
  course.slope_per_hour = per_second * 3600;
  if (input.limit && per_second > 0)
    course.seconds_until_limit =
        std::max(0.0, static_cast<double>(*input.limit) - input.memory_now) / per_second;
}

HeapCourse course_from(const Trend& trend, bool of_heap) {
  HeapCourse course;
  course.of_heap = of_heap;
  course.first = trend.first;
  course.last = trend.last;
  course.seconds = trend.seconds;
  return course;
}

HeapCourse growing(const Trend& trend, const std::vector<CoursePoint>& points, bool of_heap,
                   const CourseInput& input) {
  auto course = course_from(trend, of_heap);
  course.shape = is_stairs(points) ? Shape::stairs : Shape::linear;
  set_growth(course, trend, input);
  const auto what = of_heap ? "what is live after a collection" : "anonymous memory";
  course.evidence = fmt::format(
      "{} went from {} to {} in {:.0f} s, {}", what, size_text(trend.first), size_text(trend.last),
      trend.seconds, course.shape == Shape::stairs ? "in steps, and never came down" : "without a pause");
  return course;
}

// What was allocated lives: each collection finds more than the one before, and hardly any garbage.
bool keeps_all(const std::vector<CoursePoint>& live, const std::vector<CoursePoint>& before) {
  if (live.size() < fewest_without_garbage || live.size() != before.size()) return false;
  for (std::size_t i = 0; i < live.size(); ++i)
    if (live[i].bytes < share_without_garbage * before[i].bytes ||
        (i > 0 && live[i].bytes <= live[i - 1].bytes))
      return false;
  return live.back().bytes - live.front().bytes > least_growth;
}

// Goroutines that wait for ever take too little to be seen among the rest for long, and never end.
std::optional<HeapCourse> growing_goroutines(const CourseInput& input, const Trend& memory) {
  const auto& points = input.goroutines;
  if (points.size() < 3) return std::nullopt;
  const auto growth = points.back().bytes - points.front().bytes;
  const auto early = points[points.size() / 2].bytes - points.front().bytes;
  if (growth < std::max(least_goroutines, goroutines_per_connection * input.connections) ||
      early < least_third * growth || growth - early < least_third * growth)
    return std::nullopt;
  auto course = course_from(memory, false);
  course.shape = Shape::linear;
  if (memory.known && memory.growth() > 0) set_growth(course, memory, input);
  course.evidence = fmt::format("goroutines went from {:.0f} over {:.0f} to {:.0f}, and did not end",
                                points.front().bytes, points[points.size() / 2].bytes, points.back().bytes);
  return course;
}

// The heap was collected too seldom to tell of it alone.
HeapCourse of_few_collections(const CourseInput& input, const std::vector<CoursePoint>& live,
                              const std::vector<CoursePoint>& anonymous, const Trend& memory) {
  // A heap that has not been collected yet grows in any case.
  const bool tells = !input.live.empty();
  const bool grows = memory.known && memory.grows;
  if (grows && !tells) return growing(memory, anonymous, false, input);
  if (grows && keeps_all(live, within(input.before, input.from, input.to))) {
    auto course = growing(memory, anonymous, false, input);
    course.evidence += fmt::format("; of what {} found in the heap almost all lived, {} at last",
                                   plural(live.size(), "collection"), size_text(live.back().bytes));
    return course;
  }
  auto course = course_from(memory, false);
  course.evidence = tells
                        ? fmt::format("{} in {:.0f} s of load; run it longer, or under more",
                                      plural(live.size(), "collection"), std::max(input.to - input.from, 0.0))
                    : memory.known ? "the program tells of no collections, and its memory did not grow"
                                   : "the run was too short";
  return course;
}

}  // namespace

std::string_view name_of(Shape shape) {
  switch (shape) {
    case Shape::unknown:
      return "unknown";
    case Shape::sawtooth:
      return "sawtooth";
    case Shape::linear:
      return "linear";
    case Shape::stairs:
      return "stairs";
    case Shape::bursts:
      return "bursts";
    case Shape::outside:
      return "outside";
  }
  return "unknown";
}

HeapCourse classify(const CourseInput& input) {
  const auto live = within(input.live, input.from, input.to);
  const auto anonymous = within(input.anonymous, input.from, input.to);
  const auto of_live = trend_of(live);
  const auto of_memory = trend_of(anonymous);
  if (of_live.known && of_live.grows) return growing(of_live, live, true, input);
  if (auto course = growing_goroutines(input, of_memory)) return *course;
  if (!of_live.known) return of_few_collections(input, live, anonymous, of_memory);
  const auto before = within(input.before, input.from, input.to);
  // What the heap has had for a moment the program may keep for a while.
  if (of_memory.grows && of_memory.growth() > 2 * std::max(of_live.growth(), 0.0) &&
      of_memory.last > std::max(1.5 * of_live.last, highest(before) + least_growth)) {
    auto course = course_from(of_memory, false);
    course.shape = Shape::outside;
    set_growth(course, of_memory, input);
    course.evidence = fmt::format(
        "anonymous memory went from {} to {} in {:.0f} s, while {} stayed live in the heap",
        size_text(of_memory.first), size_text(of_memory.last), of_memory.seconds, size_text(of_live.last));
    return course;
  }
  auto course = course_from(of_live, true);
  const auto heap = bursts_of(before);
  if (heap.count >= 2) {
    course.shape = Shape::bursts;
    course.evidence = fmt::format("{} stayed live, and the heap went from {} up to {} for a moment, {} times",
                                  size_text(usual_bytes(sorted_bytes(live))), size_text(heap.usual),
                                  size_text(heap.highest), heap.count);
    return course;
  }
  course.shape = Shape::sawtooth;
  course.evidence = fmt::format("after each of {} about {} stayed live", plural(live.size(), "collection"),
                                size_text(of_live.last));
  return course;
}

}  // namespace whittle::running
