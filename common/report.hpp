// How the parts speak to the person who waits, without knowing a terminal.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace whittle {

// One piece of work that takes time. Destroying it ends it. Its methods may be called from any thread.
class Task {
 public:
  virtual ~Task() = default;
  virtual void advance(std::uint64_t bytes) = 0;
  // One line that says how it ended, e.g. "already there".
  virtual void done(std::string_view outcome) = 0;
};

// Implemented by cli. Every method may be called from any thread. Text from outside must be escaped already.
class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void verbose(std::string_view line) = 0;  // shown with -v only
  virtual void note(std::string_view line) = 0;
  virtual void warn(std::string_view line) = 0;
  // `total` in bytes, 0 when unknown.
  virtual std::unique_ptr<Task> start(std::string_view label, std::uint64_t total) = 0;
};

// Says nothing.
class SilentReporter final : public Reporter {
 public:
  void verbose(std::string_view) override {}
  void note(std::string_view) override {}
  void warn(std::string_view) override {}
  std::unique_ptr<Task> start(std::string_view, std::uint64_t) override;
};

}  // namespace whittle
