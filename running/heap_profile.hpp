// What a program's heap holds, by where it was allocated: profiles of net/http/pprof, and the difference of
// two.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"

namespace whittle::running {

// Bytes in use by the function that allocated them: the innermost one of the stack that is not of Go's own
// library, or where all are, the innermost one.
struct HeapProfile {
  std::map<std::string, std::uint64_t> in_use = {};
  std::uint64_t total = 0;
};

// Error(integrity), Error(limit) as for profiles of CPU time; Error(unsupported) for one that tells of no
// memory in use.
HeapProfile read_heap_profile(std::unique_ptr<ByteSource> profile, const std::string& what);

struct Growth {
  std::string function;  // raw
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  std::int64_t change() const { return static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before); }
};
// The functions whose memory grew, the most first, at most `most` of them.
std::vector<Growth> growth_between(const HeapProfile& before, const HeapProfile& after, std::size_t most);

// How many goroutines there are, by the first line of /debug/pprof/goroutine?debug=1; nothing for other text.
std::optional<std::uint64_t> goroutines_in(std::string_view text);

}  // namespace whittle::running
