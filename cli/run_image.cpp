#include "cli/run_image.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/session.hpp"
#include "cli/wanted_manifest.hpp"
#include "common/text.hpp"
#include "registry/image_documents.hpp"

namespace whittle::cli {

RunImage read_run_image(const std::string& text, const std::string& platform, Session& session) {
  const auto place = registry::Place::parse(text);
  session.check_streams({place}, {});
  auto source = session.access().source(place);
  const auto descriptor = wanted_manifest(source->root(), platform);
  auto image = registry::read_image(*source, source->manifest(descriptor));
  return {place, std::move(source), descriptor, std::move(image.manifest), std::move(image.config)};
}

void tell_of(const running::UnpackedRoot& root, Session& session) {
  auto& reporter = session.reporter();
  for (const auto& warning : root.warnings) reporter.warn(warning);
  const auto& written = root.written;
  if (written.not_created > 0) {
    const auto more = written.not_created - written.examples.size();
    reporter.warn(
        fmt::format("not created, since only the machine's administrator should make such files: {}{}",
                    fmt::join(written.examples, ", "), more > 0 ? fmt::format(", and {} more", more) : ""));
  }
  if (written.skipped.xattrs > 0)
    reporter.warn(fmt::format("{} could not be set here: {}{}",
                              plural(written.skipped.xattrs, "extended attribute"),
                              written.skipped.first_xattr, written.skipped.xattrs > 1 ? ", …" : ""));
}

}  // namespace whittle::cli
