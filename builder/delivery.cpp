#include "builder/delivery.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "registry/copy.hpp"

namespace whittle::builder {
namespace {

using registry::Place;

void attach(const std::vector<Evidence>& evidence, const Destination& destination,
            registry::ImageDestination& place, BuildResult& result, const BuildContext& build) {
  if (evidence.empty()) return;
  if (!keeps_evidence(destination.place.kind)) {
    build.reporter.verbose(fmt::format("{} keeps no provenance and no SBOM", destination.printed));
    const auto has_lines = [](const Evidence& one) { return one.what == "lines"; };
    if (std::any_of(evidence.begin(), evidence.end(), has_lines))
      build.reporter.warn(
          fmt::format("{} cannot keep the line tables of the programs: `whittle symbolize` needs the "
                      "image in a registry or a layout",
                      destination.printed));
    return;
  }
  const auto source =
      build.access.source(Place::parse(fmt::format("{}@{}", destination.printed, result.root.digest.text())));
  attach_evidence(evidence, build.options.record, {*source, place, {}, build.reporter, build.stop});
  if (!result.attached.empty()) return;  // the same at every place
  for (const auto& one : evidence)
    result.attached.push_back({one.what, one.subject.digest, one.attachment.manifest.digest});
}

}  // namespace

void deliver(BuiltImage& image, const Destination& destination, const std::vector<Evidence>& evidence,
             BuildResult& result, const BuildContext& build) {
  in_context([&] { return fmt::format("writing {} to {}", result.image, destination.printed); },
             [&] {
               const auto place = build.access.destination(destination.place);
               registry::CopyOptions copy;
               copy.tags = destination.tags;
               registry::copy_image(image, *place, copy, build.reporter, build.stop);
               attach(evidence, destination, *place, result, build);
               result.places.push_back(fmt::format("{}@{}", destination.printed, result.root.digest.text()));
             });
}

}  // namespace whittle::builder
