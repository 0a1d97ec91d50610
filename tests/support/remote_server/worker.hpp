// Executes actions: lays out their inputs in a folder of their own, runs the command there, collects the
// outputs.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "remote/protocol/remote_execution.pb.h"
#include "tests/support/remote_server/blobs.hpp"

namespace whittle::test {

namespace wire = build::bazel::remote::execution::v2;

class Worker {
 public:
  // What an action made is kept below `memory`, unless that is empty: it runs once, whichever server asks for
  // it.
  Worker(Blobs& blobs, std::filesystem::path folder, std::filesystem::path memory)
      : blobs_(blobs), folder_(std::move(folder)), memory_(std::move(memory)) {}

  // Hashes of what the action needs and the storage lacks.
  std::set<std::string> missing(const wire::Digest& action) const;
  wire::ActionResult run(const wire::Digest& action);

 private:
  void add_missing(const wire::Digest& directory, std::set<std::string>& missing) const;
  void lay_out(const wire::Digest& directory, const std::filesystem::path& to) const;

  Blobs& blobs_;
  wire::ActionResult execute(const wire::Digest& action);

  const std::filesystem::path folder_;
  const std::filesystem::path memory_;
};

}  // namespace whittle::test
