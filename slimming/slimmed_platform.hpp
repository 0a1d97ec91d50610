// One platform of an image on its way: read, chosen from, planned, written.
#pragma once

#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "common/report.hpp"
#include "layers/document.hpp"
#include "registry/image_io.hpp"
#include "registry/layout.hpp"
#include "slimming/platform_report.hpp"
#include "slimming/slim.hpp"

namespace whittle::slimming {

struct SlimmedPlatform {
  PlatformReport report;
  // When anything changed.
  std::optional<layers::Document> manifest = {};
  std::optional<layers::Document> config = {};
  std::set<Digest> layers = {};  // new ones, in the store
};

// `document` is the manifest that `descriptor` leads to. Errors as slim().
SlimmedPlatform slim_platform(registry::ImageSource& source, registry::Layout& store,
                              const layers::Document& document, const layers::Descriptor& descriptor,
                              const SlimOptions& options, const OnFile& on_file, Reporter& reporter,
                              const std::stop_token& stop);

}  // namespace whittle::slimming
