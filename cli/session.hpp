// What every command has at hand, resolved once from flags and environment.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "builder/cache.hpp"
#include "builder/host.hpp"
#include "cli/registry_flags.hpp"
#include "common/limits.hpp"
#include "common/report.hpp"
#include "registry/access.hpp"
#include "registry/place.hpp"

namespace whittle::cli {

// As the flags say it, before anything is resolved.
struct CommonFlags {
  std::string progress = "auto";
  bool verbose = false;
  unsigned jobs = 0;                // 0: as many as the machine has processors
  std::vector<std::string> limits;  // NAME=VALUE
  RegistryFlags registry;
};

class Session {
 public:
  // Error(usage) for values that cannot be.
  Session(const CommonFlags& flags, builder::Host host, std::stop_token stop);
  ~Session();

  const builder::Host& host() const { return host_; }
  Reporter& reporter() { return *reporter_; }
  const std::stop_token& stop() const { return stop_; }
  unsigned jobs() const { return jobs_ > 0 ? jobs_ : std::max(1U, std::thread::hardware_concurrency()); }
  // Transfers wait for the other side most of the time: more than there are processors.
  unsigned transfers() const { return jobs_ > 0 ? jobs_ : 8; }
  bool color() const { return color_; }
  // Whether results may have colours: stdout is a terminal, and nothing forbids it.
  bool color_results() const;
  // Whether they may have other characters than ASCII for pictures: a terminal with a UTF-8 locale.
  bool unicode_results() const;
  // For a command that was done and has a result to tell by its exit code; 0 unless it is called.
  void finish_with(int exit_code) { exit_code_ = exit_code; }
  int exit_code() const { return exit_code_; }
  const Limits& limits() const { return limits_; }
  std::filesystem::path cache_folder() const;
  // Opened at the first use, for commands that need none must work without.
  builder::Cache& cache();
  registry::Access& access();
  // Another one, that ends when `stop` asks. Borrows the reporter.
  std::unique_ptr<registry::Access> open_access(std::stop_token stop);
  // SOURCE_DATE_EPOCH in seconds, 0 when not set. Error(usage) for what is no time (hostile case 23).
  std::int64_t epoch() const;

  // Refuses to read an archive from a terminal or to write one to it, and two that would go the same way
  // (hostile.md, 203). Error(usage).
  void check_streams(const std::vector<registry::Place>& inputs, const std::vector<registry::Place>& outputs);

  // Writes results to stdout, or to stderr when stdout carries an archive. Error(io) when that fails: a
  // result nobody got is no success.
  void print(std::string_view text);

 private:
  builder::Host host_;
  std::stop_token stop_;
  unsigned jobs_;  // 0: not given
  bool color_;
  RegistryFlags registry_;
  Limits limits_;
  bool stdout_is_taken_ = false;
  int exit_code_ = 0;
  std::unique_ptr<Reporter> reporter_;
  std::unique_ptr<builder::Cache> cache_;
  std::unique_ptr<registry::Access> access_;
};

// The environment of this process.
builder::Host read_host();
// Whether stderr is a terminal that can be written on freely.
bool wants_color(const builder::Host& host);

}  // namespace whittle::cli
