#include "evidence/subject_document.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/json_fields.hpp"
#include "layers/platform.hpp"

namespace whittle::evidence {

Subject subject_of(const std::string& name, const layers::Descriptor& document) {
  Subject subject{document.digest, name, document.media_type};
  subject.annotations["size"] = document.size;
  if (document.platform) subject.annotations["platform"] = document.platform->text();
  return subject;
}

layers::Descriptor document_of(const Subject& subject, std::string_view what) {
  const std::string where = fmt::format("{}: subject {}", what, subject.digest.text());
  const layers::JsonFields annotations(subject.annotations, where);
  if (subject.media_type.empty())
    throw Error(ErrorKind::unverified, fmt::format("{} has no media type", where));
  layers::Descriptor document{subject.media_type, subject.digest, annotations.required_size("size")};
  const auto platform = annotations.text("platform");
  if (platform.empty()) return document;
  try {
    document.platform = layers::Platform::parse(platform);
  } catch (const Error& error) {
    throw Error(ErrorKind::unverified,
                fmt::format("{} is about the platform {}: {}", where, shown(platform), error.message()));
  }
  return document;
}

}  // namespace whittle::evidence
