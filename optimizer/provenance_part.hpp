// The part of a verdict that says what the image's own record is, if it has one.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <variant>

#include "evidence/build_record.hpp"
#include "evidence/public_key.hpp"
#include "evidence/slim_record.hpp"
#include "layers/document.hpp"
#include "registry/image_io.hpp"

namespace whittle::optimizer {

struct FoundRecord {
  std::variant<evidence::BuildRecord, evidence::SlimRecord> record;
  bool is_signed = false;  // by the key that was given
  std::string detail;      // in words
};

// The provenance of whittle's that is attached to the image: one that the key has signed, else an unsigned
// one; nothing when there is none of either kind. Error(unverified) for one that is no provenance of this
// image (hostile.md, 239), and for several that say different things; others as of attached_statements and
// verify_attestations. `key` may be null.
std::optional<FoundRecord> find_record(registry::ImageSource& source, const layers::Document& root,
                                       const evidence::PublicKey* key, const std::stop_token& stop);

}  // namespace whittle::optimizer
