// What the course of a program's memory tells: whether it comes back after each collection, or grows, and
// how.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::running {

enum class Shape {
  unknown,   // too short, or too few collections
  sawtooth,  // what is live after a collection stays: healthy
  linear,    // what is live grows all the time: a leak, until it is shown to end
  stairs,    // it grows in steps and never comes down: a cache without an end
  bursts,    // it stays, but large short-lived buffers make the heap many times as high
  outside,   // it stays, and memory that is not the heap's grows: C code, mappings, stacks
};
std::string_view name_of(Shape shape);

struct CoursePoint {
  double at = 0;  // seconds
  double bytes = 0;
};

struct CourseInput {
  std::vector<CoursePoint> live = {};  // the heap after collections; none for a program that tells of none
  std::vector<CoursePoint> anonymous = {};   // memory of heaps and stacks as the kernel counts it
  std::vector<CoursePoint> before = {};      // the heap when collections began
  std::vector<CoursePoint> goroutines = {};  // how many there were at a few moments, where the program tells
  double connections = 128;                  // of the load, at most: each may have two goroutines
  double from = 0;                           // seconds: the stretch that counts, under load
  double to = 0;
  double memory_now = 0;  // bytes, all that a limit counts, at the end
  std::optional<std::uint64_t> limit = {};
};

struct HeapCourse {
  Shape shape = Shape::unknown;
  bool of_heap = false;  // else of memory as a whole
  double first = 0;  // bytes: the medians of what was there at the beginning and at the end of the stretch
  double last = 0;
  double seconds = 0;                              // of the stretch
  double slope_per_hour = 0;                       // bytes, when it grows
  std::optional<double> seconds_until_limit = {};  // when it grows, and there is a limit
  std::string evidence = {};                       // for people, one sentence
};

HeapCourse classify(const CourseInput& input);

}  // namespace whittle::running
