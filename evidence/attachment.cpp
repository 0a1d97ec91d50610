#include "evidence/attachment.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "evidence/attached.hpp"
#include "evidence/bundle.hpp"
#include "evidence/dsse.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"

namespace whittle::evidence {
namespace {

namespace type = layers::media_type;

constexpr std::size_t most_referrers = 1'000;  // hostile 234
constexpr std::string_view empty_config = "{}";
constexpr std::string_view plain_predicate_annotation =
    "in-toto.io/predicate-type";  // as other builders write it

layers::Descriptor descriptor_of(std::string_view media_type, std::string_view bytes) {
  return {std::string(media_type), Digest::of(bytes), bytes.size()};
}

// By what a list says of it. Some registries state the type of the configuration in place of the artifact's.
bool may_be(std::string_view wanted, const layers::Descriptor& listed) {
  return listed.artifact_type.empty() || listed.artifact_type == wanted ||
         listed.artifact_type == type::empty;
}

// Nobody may pass off a statement about one image as one about another.
Statement about(const Digest& subject, const std::string& bytes, const std::string& what) {
  auto statement = parse_statement(bytes, what);
  if (!statement.is_about(subject))
    throw Error(ErrorKind::unverified, fmt::format("{} is not about {}", what, subject.text()));
  return statement;
}

// The only layer of such an artifact, which is of its type.
std::optional<layers::Descriptor> layer_of(const layers::Document& document, const std::string& what,
                                           const Digest& subject, std::string_view artifact_type) {
  if (!type::is_manifest(document.media_type)) return std::nullopt;
  auto manifest = layers::parse_manifest(document, what);
  if (manifest.layers.size() != 1 || manifest.layers.front().media_type != artifact_type) return std::nullopt;
  if (!manifest.subject || manifest.subject->digest != subject)
    throw Error(ErrorKind::unverified,
                fmt::format("{} is listed as a referrer of {} but does not name it", what, subject.text()));
  return std::move(manifest.layers.front());
}

// What stands in an envelope, whoever signed it.
Statement read_enveloped(registry::ImageSource& image, const Attached& one, const Digest& subject) {
  const auto what = fmt::format("the attestation {}", one.blob.digest.text());
  const auto bytes = read_attached(image, one);
  const auto envelope =
      one.form == Form::tag ? parse_envelope(bytes, what) : parse_bundle(bytes, what).envelope;
  return about(subject, envelope.payload, what);
}

}  // namespace

Attachment attachment_of(std::string statement, const std::string& predicate_type,
                         const layers::Descriptor& subject) {
  return attachment_of(std::move(statement), in_toto_type,
                       {{std::string(plain_predicate_annotation), predicate_type}}, subject);
}

Attachment attachment_of(std::string content, std::string_view artifact_type,
                         const layers::Annotations& annotations, const layers::Descriptor& subject) {
  layers::Manifest manifest{std::string(type::oci_manifest),
                            descriptor_of(type::empty, empty_config),
                            {descriptor_of(artifact_type, content)},
                            annotations};
  manifest.layers.front().annotations = annotations;
  manifest.subject = layers::Descriptor{subject.media_type, subject.digest, subject.size};
  manifest.artifact_type = artifact_type;
  return {layers::write_manifest(manifest), std::string(artifact_type), std::move(content)};
}

void attach(const Attachment& attachment, registry::ImageDestination& to) {
  SilentReporter silent;
  const auto put = [&](const layers::Descriptor& blob, const std::string& bytes) {
    if (to.has_blob(blob)) return;
    to.put_blob(
        blob, [&] { return std::make_unique<TextSource>(bytes); }, *silent.start({}, blob.size));
  };
  put(descriptor_of(type::empty, empty_config), std::string(empty_config));
  put(descriptor_of(attachment.type, attachment.content), attachment.content);
  to.put_manifest(attachment.manifest, {});
}

void for_each_artifact(
    registry::ImageSource& image, const Digest& subject, std::string_view artifact_type,
    const std::function<void(const std::string& what, const layers::Descriptor& blob)>& visit) {
  const auto referrers = image.referrers(subject);
  if (referrers.size() > most_referrers)
    throw Error(ErrorKind::limit, fmt::format("{} has {} referrers, more than the limit of {}",
                                              subject.text(), referrers.size(), most_referrers));
  for (const auto& listed : referrers) {
    if (!may_be(artifact_type, listed)) continue;
    try {
      const auto what = fmt::format("manifest {}", listed.digest.text());
      if (const auto blob = layer_of(image.manifest(listed), what, subject, artifact_type))
        visit(what, *blob);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;  // lists outlive what they list
    }
  }
}

std::vector<Statement> attached_statements(registry::ImageSource& image, const Digest& subject,
                                           const std::stop_token& stop) {
  std::vector<Statement> found;
  for_each_artifact(
      image, subject, in_toto_type, [&](const std::string& what, const layers::Descriptor& blob) {
        const auto name = fmt::format("the statement of {}", what);
        found.push_back(about(subject, read_all(*image.open_blob(blob), largest_statement, name), name));
      });
  for (const auto& one : find_attached(image, {subject, attestation_suffix, {}}, stop))
    found.push_back(read_enveloped(image, one, subject));
  return found;
}

}  // namespace whittle::evidence
