#include "cli/run_image.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/session.hpp"
#include "cli/wanted_manifest.hpp"
#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "layers/media_types.hpp"

namespace whittle::cli {

RunDocuments read_documents(registry::ImageSource& source, const layers::Descriptor& descriptor) {
  const auto document = source.manifest(descriptor);
  auto manifest = layers::parse_manifest(document, fmt::format("manifest {}", document.digest.text()));
  if (!layers::media_type::is_config(manifest.config.media_type))
    throw Error(ErrorKind::unsupported, fmt::format("{} is no image: its config is of the type {}",
                                                    document.digest.text(), shown(manifest.config.media_type)));
  const auto bytes = source.open_blob(manifest.config);
  auto config = layers::parse_config(read_all(*bytes, JsonLimits().bytes, "the config"), "the config");
  return {std::move(manifest), std::move(config)};
}

RunImage read_run_image(const std::string& text, const std::string& platform, Session& session) {
  const auto place = registry::Place::parse(text);
  session.check_streams({place}, {});
  auto source = session.access().source(place);
  const auto descriptor = wanted_manifest(source->root(), platform);
  auto documents = read_documents(*source, descriptor);
  return {place, std::move(source), descriptor, std::move(documents.manifest), std::move(documents.config)};
}

void tell_of(const running::UnpackedRoot& root, Session& session) {
  auto& reporter = session.reporter();
  for (const auto& warning : root.warnings) reporter.warn(warning);
  const auto& written = root.written;
  if (written.not_created > 0) {
    const auto more = written.not_created - written.examples.size();
    reporter.warn(fmt::format("not created, since only the machine's administrator should make such files: {}{}",
                              fmt::join(written.examples, ", "), more > 0 ? fmt::format(", and {} more", more) : ""));
  }
  if (written.skipped.xattrs > 0)
    reporter.warn(fmt::format("{} could not be set here: {}{}", plural(written.skipped.xattrs, "extended attribute"),
                              written.skipped.first_xattr, written.skipped.xattrs > 1 ? ", …" : ""));
}

}  // namespace whittle::cli
