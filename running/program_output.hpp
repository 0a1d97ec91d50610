// Reads what a program writes, however much, and keeps the end of it; what Go says of its collections is
// taken out.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "common/file.hpp"
#include "running/gc_history.hpp"

namespace whittle::running {

// Reads on a thread of its own, so that the program never waits. Methods may be called from any thread.
class ProgramOutput {
 public:
  static constexpr std::size_t tail_size = 16U << 10U;  // bytes that are kept of each stream

  ProgramOutput(Fd output, Fd errors);
  ~ProgramOutput();
  ProgramOutput(const ProgramOutput&) = delete;
  ProgramOutput& operator=(const ProgramOutput&) = delete;

  // Once the program has ended: waits for the rest, at most that long.
  void finish(std::chrono::milliseconds longest);

  GcHistory collections() const;
  // Whole lines, raw.
  std::string output_tail() const;
  std::string errors_tail() const;
  std::uint64_t bytes() const;  // of both, without the collections

 private:
  struct Stream {
    Fd fd;
    std::string line = {};  // so far
    std::string tail = {};
  };
  void work();
  bool read(Stream& stream, bool has_collections);
  void take_line(Stream& stream, bool has_collections);

  mutable std::mutex mutex_;
  Stream output_, errors_;
  GcHistory collections_;
  std::uint64_t bytes_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> done_ = false;
  std::thread thread_;  // the last member: it uses the others
};

}  // namespace whittle::running
