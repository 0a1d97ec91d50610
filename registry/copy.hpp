// Copies an image between places in parallel, sending only what is not there; tags move last.
#pragma once

#include <exception>
#include <functional>
#include <memory>
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
      {};                    // empty: all of an index. One: that manifest itself is copied
  unsigned jobs = 8;         // transfers at once
  bool attachments = false;  // with what refers to the image and to its manifests, and cosign's tags
  // Gives foreign layers that the source lacks; without it none of them are copied (hostile.md, 113).
  std::function<std::unique_ptr<ByteSource>(const layers::Descriptor&)> foreign = {};
};

struct CopyResult {
  layers::Document root;  // what the destination now has under the tags
  std::uint64_t blobs_sent = 0;
  std::uint64_t blobs_mounted = 0;
  std::uint64_t blobs_present = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t attachments = 0;  // that the destination now has
};

// When every tag already names the root's digest, nothing but the questions after the tags is sent, unless
// attachments are wanted. On failure no tag has moved. An index whose platforms are chosen is rewritten to
// hold only those (and then has another digest); absent ones throw Error(not_found) listing those there are.
CopyResult copy_image(ImageSource& from, ImageDestination& to, const CopyOptions& options, Reporter& reporter,
                      const std::stop_token& stop);

// The same to several places at once; each blob is read from the source once for all that lack it. What fails
// at one of them fails there alone. Throws for what concerns all: the source, an interruption.
struct CopyTarget {
  ImageDestination* to = nullptr;  // borrowed
  std::vector<std::string> tags;
};
struct CopyOutcome {
  std::optional<CopyResult> result;
  std::exception_ptr failure;  // set when there is no result
};
std::vector<CopyOutcome> copy_image_to_many(ImageSource& from, const std::vector<CopyTarget>& targets,
                                            const CopyOptions& options, Reporter& reporter,
                                            const std::stop_token& stop);

}  // namespace whittle::registry
