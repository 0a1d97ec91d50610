// What a container is sent: which requests, and how many a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "running/local_url.hpp"

namespace whittle::running {

struct Stage {
  double rate = 0;  // requests per second
  std::chrono::milliseconds duration{0};
  std::uint64_t requests() const;
};

// "50/s:30s,200/s:1m". Error(usage).
std::vector<Stage> parse_stages(std::string_view text);
// "500ms", "30s", "5m", "1h"; a number alone is seconds. Error(usage) naming `what`.
std::chrono::milliseconds parse_duration(std::string_view text, std::string_view what);

struct PlannedRequest {
  std::string bytes;  // as they are sent
  bool to_head = false;
};

struct LoadPlan {
  LocalUrl target;                       // its target counts for nothing
  std::vector<PlannedRequest> requests;  // sent in turn
  std::vector<Stage> stages;
};

// A GET of the URL.
PlannedRequest get_request(const LocalUrl& url, bool keep_alive = true);

// The requests of `--load`: a URL, or a file with one on each line: METHOD URL [FILE], where FILE, relative
// to it, is the body; `#` begins a comment. All to one port. Error(usage) for what is not of this form,
// Error(limit) beyond 100,000 requests, 1 MiB of a body and 64 MiB in all.
LoadPlan read_load(const std::string& load, const std::filesystem::path& working_directory);

}  // namespace whittle::running
