// A statement as an artifact that refers to an image: found from the image's digest, wherever referrers are kept
// (image-spec, manifest.md, "Guidelines for Artifact Usage"). Nobody signs it here.
#pragma once

#include <string>
#include <vector>

#include "common/report.hpp"
#include "evidence/statement.hpp"
#include "layers/descriptor.hpp"
#include "layers/document.hpp"
#include "registry/image_io.hpp"

namespace whittle::evidence {

struct Attachment {
  layers::Document manifest;  // its subject is the image
  std::string statement;      // the bytes of its only layer
};

// Equal statements about equal subjects are equal attachments.
Attachment attachment_of(std::string statement, const std::string& predicate_type, const layers::Descriptor& subject);

// Stores it, blobs first. Error as the destination's, RegistryError when a registry refuses artifacts.
void attach(const Attachment& attachment, registry::ImageDestination& to);

// A statement that was found attached.
struct AttachedStatement {
  layers::Descriptor manifest;
  Statement statement;
};
// Every unsigned statement about `subject` that its referrers hold, in their order. Error(limit) when there are
// more than `limit` referrers. What is listed but absent, or is of another kind, is left out; one that names another subject is
// Error(unverified), a broken one Error(integrity).
std::vector<AttachedStatement> attached_statements(registry::ImageSource& image, const Digest& subject, std::size_t limit = 1'000);

}  // namespace whittle::evidence
