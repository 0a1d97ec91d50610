// Asks a running program for profiles of its heap.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "running/heap_profile.hpp"
#include "running/local_url.hpp"
#include "running/network_door.hpp"

namespace whittle::running {

struct HeapMoment {
  double at = 0;  // seconds since the container was started
  HeapProfile heap = {};
  std::optional<std::uint64_t> goroutines = {};
};

// The URL of the heap's profile: as it is given, or with heap behind a path that ends in a slash or in pprof.
LocalUrl heap_profile_url(LocalUrl url);

// The heap as it is after a collection (net/http/pprof, gc=1), and the number of goroutines where the server
// beside it tells. Error(not_found) when there is no answer, and the errors of read_heap_profile().
HeapMoment fetch_heap(NetworkDoor& door, const LocalUrl& url, double at, const std::stop_token& stop);

}  // namespace whittle::running
