// Copies an image between two places in parallel, sending only what is not there; tags move last.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/report.hpp"
#include "layers/platform.hpp"
#include "registry/image_io.hpp"

namespace whittle::registry {

struct CopyOptions {
  std::vector<std::string> tags;  // to give at the destination; empty: by digest only
  std::vector<layers::Platform> platforms =
      {};             // empty: all of an index. One: that manifest itself is copied
  unsigned jobs = 4;  // transfers at once
};

struct CopyResult {
  layers::Document root;  // what the destination now has under the tags
  std::uint64_t blobs_sent = 0;
  std::uint64_t blobs_mounted = 0;
  std::uint64_t blobs_present = 0;
  std::uint64_t bytes_sent = 0;
};

// When every tag already names the root's digest, nothing but the questions after the tags is sent.
// On failure no tag has moved. An index whose platforms are chosen is rewritten to hold only those (and then
// has another digest); absent ones throw Error(not_found) listing those there are.
CopyResult copy_image(ImageSource& from, ImageDestination& to, const CopyOptions& options, Reporter& reporter,
                      const std::stop_token& stop);

}  // namespace whittle::registry
