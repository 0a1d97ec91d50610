// Tells which files a program that is still running has finished, so that work on them need not wait for its
// end.
#pragma once

#include <deque>
#include <filesystem>
#include <optional>
#include <string>

#include "common/file.hpp"

namespace whittle::builder {

// Watches a folder for files that are renamed into it, or closed after they were written there. Where the
// kernel grants no watch, nothing arrives: whoever waits must look into the folder once more at the end.
class Arrivals {
 public:
  explicit Arrivals(const std::filesystem::path& folder);

  // The name of the next file; waits for it. Nothing once end() was called and every arrival before it was
  // told.
  std::optional<std::string> next();
  // No more are awaited. May be called from another thread.
  void end();

 private:
  void read_events();

  Fd watch_;
  Fd ended_;
  std::deque<std::string> names_;
};

}  // namespace whittle::builder
