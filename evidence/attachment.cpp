#include "evidence/attachment.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"

namespace whittle::evidence {
namespace {

namespace type = layers::media_type;

constexpr std::string_view empty_config = "{}";
constexpr std::string_view predicate_annotation = "in-toto.io/predicate-type";  // as other builders write it

layers::Descriptor descriptor_of(std::string_view media_type, std::string_view bytes) {
  return {std::string(media_type), Digest::of(bytes), bytes.size()};
}

std::optional<AttachedStatement> read_attached(registry::ImageSource& image, const layers::Descriptor& listed, const Digest& subject) {
  const auto what = fmt::format("manifest {}", listed.digest.text());
  const auto document = image.manifest(listed);
  if (!type::is_manifest(document.media_type)) return std::nullopt;
  const auto manifest = layers::parse_manifest(document, what);
  if (manifest.layers.size() != 1 || manifest.layers.front().media_type != statement_media_type) return std::nullopt;
  if (!manifest.subject || manifest.subject->digest != subject)
    throw Error(ErrorKind::unverified, fmt::format("{} is listed as a referrer of {} but does not name it", what, subject.text()));
  const auto blob = image.open_blob(manifest.layers.front());
  const auto statement_name = fmt::format("the statement of {}", what);
  AttachedStatement attached{listed, parse_statement(read_all(*blob, largest_statement, statement_name), statement_name)};
  if (!attached.statement.is_about(subject))
    throw Error(ErrorKind::unverified, fmt::format("{} is not about {}", statement_name, subject.text()));
  return attached;
}

}  // namespace

Attachment attachment_of(std::string statement, const std::string& predicate_type, const layers::Descriptor& subject) {
  layers::Manifest manifest{std::string(type::oci_manifest), descriptor_of(type::empty, empty_config),
                            {descriptor_of(statement_media_type, statement)}};
  manifest.layers.front().annotations.emplace(predicate_annotation, predicate_type);
  manifest.annotations.emplace(predicate_annotation, predicate_type);
  manifest.subject = layers::Descriptor{subject.media_type, subject.digest, subject.size};
  manifest.artifact_type = statement_media_type;
  return {layers::write_manifest(manifest), std::move(statement)};
}

void attach(const Attachment& attachment, registry::ImageDestination& to) {
  SilentReporter silent;
  const auto put = [&](const layers::Descriptor& blob, const std::string& bytes) {
    if (to.has_blob(blob)) return;
    to.put_blob(blob, [&] { return std::make_unique<TextSource>(bytes); }, *silent.start({}, blob.size));
  };
  put(descriptor_of(type::empty, empty_config), std::string(empty_config));
  put(descriptor_of(statement_media_type, attachment.statement), attachment.statement);
  to.put_manifest(attachment.manifest, {});
}

std::vector<AttachedStatement> attached_statements(registry::ImageSource& image, const Digest& subject, std::size_t limit) {
  std::vector<AttachedStatement> found;
  const auto referrers = image.referrers(subject);
  if (referrers.size() > limit)
    throw Error(ErrorKind::limit, fmt::format("{} has {} referrers, more than the limit of {}", subject.text(), referrers.size(), limit));
  for (const auto& listed : referrers) {
    if (listed.artifact_type != statement_media_type) continue;
    try {
      if (auto attached = read_attached(image, listed, subject)) found.push_back(std::move(*attached));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;  // lists outlive what they list
    }
  }
  return found;
}

}  // namespace whittle::evidence
