// Protective limits on what comes from outside, as one plain value that is passed to whoever reads it.
// docs/limits.md lists them; `--limit NAME=VALUE` sets one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace whittle {

struct Limits {
  // The spec.
  std::uint64_t spec_file = 1U << 20U;      // bytes
  std::uint64_t spec_depth = 64;            // of lists and mappings
  std::uint64_t alias_expansion = 100'000;  // keys and values, aliases followed
  // Layers.
  std::uint64_t uncompressed_layer = 64ULL << 30U;  // bytes
  std::uint64_t ratio = 1100;                       // of what comes out to what goes in
  std::uint64_t ratio_from = 256ULL << 20U;   // bytes of output before which no ratio counts; has no flag
  std::uint64_t zstd_window = 128ULL << 20U;  // bytes
  std::uint64_t extended_header = 1U << 20U;  // bytes of one in a tar
  std::uint64_t layer_entries = 5'000'000;    // of one tar
  std::uint64_t base_folders = 1'000'000;     // folders and symbolic links of a base
  // Archives that hold images.
  std::uint64_t archive_size = 64ULL << 30U;  // bytes of one that has to be kept on disk, uncompressed
  std::uint64_t archive_entries = 100'000;
  // Registries, web servers and credential helpers.
  std::uint64_t attempts = 20;               // of one request
  std::uint64_t total_wait = 60;             // seconds of failures of one host, in a command
  std::uint64_t retry_after = 300;           // seconds that hosts may ask for, in a command
  std::uint64_t connect = 30;                // seconds for name, TCP and TLS
  std::uint64_t first_byte = 60;             // seconds from a request to its answer
  std::uint64_t helper_answer = 64U << 10U;  // bytes
  std::uint64_t helper_time = 30;            // seconds
};

// Which of them.
using Limit = std::uint64_t Limits::*;

// One that has a flag.
struct NamedLimit {
  enum class Unit { count, bytes, seconds };
  std::string_view name;
  Limit field;
  Unit unit;
  std::uint64_t most;  // what it can be set to
};
// In the order of Limits.
std::span<const NamedLimit> named_limits();

// Sets the limit of "NAME=VALUE": a whole number from 1, of bytes with KiB, MiB or GiB behind it, of time
// with s or min. Error(usage) that says what it takes instead.
void set_limit(Limits& limits, std::string_view assignment);

// The error of a limit that was reached: `cause` states the limit's value, the hint its name and flag.
Error over_limit(ErrorKind kind, std::string cause, Limit limit);

}  // namespace whittle
