// The arguments of `go build` and `go install` as a Dockerfile has them, and what whittle makes of each flag.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "builder/dockerfile_report.hpp"

namespace whittle::builder {

struct GoCommand {
  std::vector<std::string> packages = {};  // as written; none means the folder it runs in
  std::optional<std::string> output = {};  // of -o
  std::string folder = {};                 // of -C
  std::vector<std::string> tags = {};      // each once
  std::vector<std::string> ldflags =
      {};                     // as the spec has them, each once: "-s", "-X=main.version=${version}"
  std::string profile = {};   // "debug" when optimisations are off
  std::string inlining = {};  // "none" when that is off everywhere
  std::vector<std::pair<Fate, std::string>> remarks = {};  // of flags that are not carried over
};

// `words` is what follows `go build` or `go install`; texts may have marks (builder/dockerfile_values.hpp).
GoCommand read_go_command(std::span<const std::string> words);

}  // namespace whittle::builder
