// A software bill of materials: a catalogue as a document that other tools read. Equal catalogues have equal
// bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/json.hpp"
#include "evidence/catalogue.hpp"
#include "evidence/statement.hpp"
#include "layers/descriptor.hpp"

namespace whittle::evidence {

enum class SbomFormat { spdx, cyclonedx };

// What a bill of materials is about.
struct SbomSubject {
  std::string name;             // of the image, for people
  layers::Descriptor manifest;  // of one platform
  std::int64_t epoch = 0;       // the time it states to be made at, in seconds
  std::string tool_version;     // of whittle
};

// SPDX 2.3 or CycloneDX 1.6.
Json sbom_of(SbomFormat format, const SbomSubject& subject, const Catalogue& catalogue);

std::string_view sbom_predicate_type(SbomFormat format);
// The format of a predicate type, with or without a version behind it (".../Document/v2.3"); nothing for any
// other.
std::optional<SbomFormat> sbom_format_of(std::string_view predicate_type);
Statement sbom_statement(SbomFormat format, const SbomSubject& subject, const Catalogue& catalogue);

// What the two formats share.
std::string image_purl(const SbomSubject& subject);
std::string time_text(std::int64_t epoch);  // RFC 3339, UTC

}  // namespace whittle::evidence
