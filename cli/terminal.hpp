// How whittle looks on stderr: a live view on a terminal, plain lines elsewhere, JSON lines for machines.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/report.hpp"

namespace whittle::cli {

enum class ProgressMode { tty, plain, json, none };

struct TerminalOptions {
  ProgressMode mode = ProgressMode::plain;
  bool color = false;
  bool verbose = false;
};

// Every method may be called from any thread; lines are never mixed.
std::unique_ptr<Reporter> make_reporter(const TerminalOptions& options);

// "error: …" with its hints, as the last thing on stderr.
std::string rendered(const Error& error, bool color);

}  // namespace whittle::cli
