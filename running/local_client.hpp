// Asks a program in a container for one thing at a time: whether it is ready, for a profile.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "running/local_url.hpp"
#include "running/network_door.hpp"

namespace whittle::running {

struct LocalAnswer {
  int status = 0;
  std::string body;
};

// Nothing when there was no whole answer in time, or its body has more than `largest_body` bytes.
// Error(interrupted). Borrows the door.
std::optional<LocalAnswer> get(NetworkDoor& door, const LocalUrl& url, std::size_t largest_body,
                               std::chrono::milliseconds timeout, const std::stop_token& stop);

// Whether somebody accepts connections at its port.
bool accepts(NetworkDoor& door, const LocalUrl& url, std::chrono::milliseconds timeout,
             const std::stop_token& stop);

}  // namespace whittle::running
