#include "evidence/sbom.hpp"

#include <fmt/format.h>

#include <chrono>

#include "evidence/cyclonedx.hpp"
#include "evidence/spdx.hpp"

namespace whittle::evidence {
namespace {

constexpr std::string_view spdx_type = "https://spdx.dev/Document";
constexpr std::string_view cyclonedx_type = "https://cyclonedx.org/bom";

}  // namespace

Json sbom_of(SbomFormat format, const SbomSubject& subject, const Catalogue& catalogue) {
  return format == SbomFormat::spdx ? spdx_document(subject, catalogue)
                                    : cyclonedx_document(subject, catalogue);
}

std::string_view sbom_predicate_type(SbomFormat format) {
  return format == SbomFormat::spdx ? spdx_type : cyclonedx_type;
}

std::optional<SbomFormat> sbom_format_of(std::string_view predicate_type) {
  for (const auto format : {SbomFormat::spdx, SbomFormat::cyclonedx}) {
    const auto type = sbom_predicate_type(format);
    if (predicate_type == type || (predicate_type.starts_with(type) && predicate_type[type.size()] == '/'))
      return format;
  }
  return std::nullopt;
}

Statement sbom_statement(SbomFormat format, const SbomSubject& subject, const Catalogue& catalogue) {
  return {{{subject.manifest.digest, subject.name, subject.manifest.media_type}},
          std::string(sbom_predicate_type(format)),
          sbom_of(format, subject, catalogue)};
}

std::string image_purl(const SbomSubject& subject) {
  const auto slash = subject.name.rfind('/');
  auto purl = fmt::format("pkg:oci/{}@{}",
                          purl_encoded(subject.name.substr(slash == std::string::npos ? 0 : slash + 1)),
                          purl_encoded(subject.manifest.digest.text()));
  if (subject.manifest.platform) purl += "?arch=" + purl_encoded(subject.manifest.platform->architecture);
  return purl;
}

std::string time_text(std::int64_t epoch) {
  const std::chrono::sys_seconds time{std::chrono::seconds(epoch)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace whittle::evidence
