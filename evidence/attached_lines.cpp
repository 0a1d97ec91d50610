#include "evidence/attached_lines.hpp"

#include <fmt/format.h>

#include <optional>

#include "common/error.hpp"
#include "evidence/split_lines.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"

namespace whittle::evidence {
namespace {

constexpr std::size_t most_referrers = 1'000;  // hostile 234
constexpr std::string_view program_annotation = "vnd.whittle.program";
constexpr std::string_view title_annotation = "org.opencontainers.image.title";

std::optional<AttachedLines> read_lines(registry::ImageSource& image, const layers::Descriptor& listed,
                                        const Digest& subject) {
  const auto what = fmt::format("manifest {}", listed.digest.text());
  const auto document = image.manifest(listed);
  if (!layers::media_type::is_manifest(document.media_type)) return std::nullopt;
  const auto manifest = layers::parse_manifest(document, what);
  if (manifest.layers.size() != 1 || manifest.layers.front().media_type != split_lines_type)
    return std::nullopt;
  if (!manifest.subject || manifest.subject->digest != subject)
    throw Error(ErrorKind::unverified,
                fmt::format("{} is listed as a referrer of {} but does not name it", what, subject.text()));
  const auto& blob = manifest.layers.front();
  const auto program = blob.annotations.find(std::string(program_annotation));
  if (program == blob.annotations.end())
    throw Error(ErrorKind::integrity,
                fmt::format("{} does not say which program's line tables it has", what));
  if (blob.size > largest_split_lines)
    throw Error(ErrorKind::limit,
                fmt::format("the line tables in {} have {} bytes, more than the limit of {}", what, blob.size,
                            largest_split_lines));
  return AttachedLines{in_context([&] { return what; }, [&] { return Digest::parse(program->second); }),
                       blob};
}

}  // namespace

layers::Annotations annotations_of_lines(const std::string& path, const Digest& program) {
  return {{std::string(title_annotation), path + ".lines"},
          {std::string(program_annotation), program.text()}};
}

std::vector<AttachedLines> attached_lines(registry::ImageSource& image, const Digest& subject) {
  const auto referrers = image.referrers(subject);
  if (referrers.size() > most_referrers)
    throw Error(ErrorKind::limit, fmt::format("{} has {} referrers, more than the limit of {}",
                                              subject.text(), referrers.size(), most_referrers));
  std::vector<AttachedLines> found;
  for (const auto& listed : referrers) {
    // Some registries state the type of the configuration in place of the artifact's.
    if (!listed.artifact_type.empty() && listed.artifact_type != split_lines_type &&
        listed.artifact_type != layers::media_type::empty)
      continue;
    try {
      if (auto lines = read_lines(image, listed, subject)) found.push_back(std::move(*lines));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;  // lists outlive what they list
    }
  }
  return found;
}

}  // namespace whittle::evidence
