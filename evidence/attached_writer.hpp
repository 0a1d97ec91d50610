// Stores what belongs to an image, in both forms.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/report.hpp"
#include "evidence/attached.hpp"

namespace whittle::evidence {

enum class StorageForm { bundle, tag, both };
std::vector<Form> forms_of(StorageForm form);

// One repository or layout, read and written. Borrows all but the text.
struct EvidenceTarget {
  registry::ImageSource& source;
  registry::ImageDestination& destination;
  std::string reference;  // the repository as a signature names it, for people; may be empty
  Reporter& reporter;
  std::stop_token stop = {};
};

// A manifest without a configuration (image-spec, manifest.md, "Guidelines for Artifact Usage") that names
// `subject` and holds `bytes` as its one layer, of the same type as the artifact. What is there already is
// not sent. Error(unsupported) or Error(limit) where a registry takes no such thing; the image stays
// (hostile.md, 252).
void put_referrer(const EvidenceTarget& target, const layers::Descriptor& subject, const std::string& type,
                  const std::string& bytes, const layers::Annotations& annotations);
// The same as cosign stores a bundle.
void put_bundle(const EvidenceTarget& target, const layers::Descriptor& subject, const std::string& bundle,
                std::string_view predicate_type);

// Adds a layer to the manifest under the tag, after those there are. Others may do the same at once:
// registries know no condition for that, so the tag is read again, and what was lost is added once more.
// Error(remote_conflict) when it is still missing after five rounds (hostile.md, 244); Error(limit) when the
// tag holds 1,000 already.
void append_to_tag(const EvidenceTarget& target, const std::string& tag, const std::string& type,
                   const std::string& bytes, const layers::Annotations& annotations);

}  // namespace whittle::evidence
