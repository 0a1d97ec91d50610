// Builds the images of a spec: the story of a build, from spec to pushed digest.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/assemble.hpp"
#include "builder/cache.hpp"
#include "builder/host.hpp"
#include "builder/recording.hpp"
#include "builder/shared_cache.hpp"
#include "builder/spec.hpp"
#include "common/limits.hpp"
#include "common/report.hpp"
#include "layers/platform.hpp"
#include "registry/access.hpp"
#include "registry/copy.hpp"
#include "registry/place.hpp"

namespace whittle::builder {

struct FinishedImage;   // builder/finished_image.hpp
struct RemoteSettings;  // builder/remote_compiler.hpp

struct BuildOptions {
  std::vector<registry::Place> outputs = {};     // -o
  bool push = false;                             // to the `push:` of each image
  std::string push_prefix = {};                  // where an image without `push:` goes: PREFIX/NAME
  std::vector<std::string> tags = {};            // instead of the spec's
  std::vector<layers::Platform> platforms = {};  // instead of the spec's
  std::optional<Profile> profile = {};           // instead of the spec's
  std::int64_t epoch = 0;                        // SOURCE_DATE_EPOCH, seconds
  unsigned jobs = 1;
  layers::Platform host_platform;     // built for when nobody says otherwise
  bool locked = false;                // refuse a lock that is missing or stale
  bool offline = false;               // fetch nothing: what is missing is named
  std::chrono::sys_seconds now = {};  // by which signatures and indexes are out of date
  Limits limits = {};
  std::optional<SharedCacheOptions> cache =
      {};                     // what other machines have made; asked, and written where it may be
  RecordOptions record = {};  // what is attached to the images
  bool some_of_many = false;  // a place of `outputs` is for other images of the spec, too
  std::shared_ptr<const RemoteSettings> remote = {};  // where programs are compiled, if not here
  bool trial = false;  // only to be measured: it goes nowhere, and no lock is written
  // Called once with all images, in the spec's order, before any is delivered: nothing is when it throws.
  std::function<void(const std::vector<FinishedImage>&)> examine = {};
};

struct BuiltPlatform {
  layers::Platform platform;
  AssembledImage image;
};

// A statement that refers to the image or to the manifest of one of its platforms.
struct AttachedEvidence {
  std::string what;  // "provenance", "sbom"
  Digest subject;
  Digest manifest;  // of the artifact that holds it
};

struct BuildResult {
  std::string image;
  layers::Descriptor root;  // manifest or index
  std::vector<BuiltPlatform> platforms;
  std::vector<std::string> places;              // complete there: PLACE@sha256:…
  std::vector<AttachedEvidence> attached = {};  // at each of them that keeps such things
  bool compiled = false;                        // whether any binary was, in this run
  bool shared = false;                          // whether any was taken from the shared cache
};

// This machine as go sees it: where modules come from is what the spec says, or nowhere.
Host host_of_go(const Host& host, const Spec& spec, bool offline);

// Builds every image of `spec` and copies each to its places, calling `done` as soon as one is complete at
// all of them. Nothing reaches any place unless every image was built. Throws Error as its parts do.
std::vector<BuildResult> build_images(const Spec& spec, const BuildOptions& options, const Host& host,
                                      Cache& cache, registry::Access& access, Reporter& reporter,
                                      const std::stop_token& stop);

}  // namespace whittle::builder
