// A statement, or other bytes, as an artifact that refers to an image: found from the image's digest,
// wherever referrers are kept (image-spec, manifest.md, "Guidelines for Artifact Usage"). Nobody signs it
// here.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/report.hpp"
#include "evidence/statement.hpp"
#include "layers/descriptor.hpp"
#include "layers/document.hpp"
#include "registry/image_io.hpp"

namespace whittle::evidence {

struct Attachment {
  layers::Document manifest;  // its subject is the image
  std::string type;           // of the artifact and of its only layer
  std::string content;        // the bytes of that
};

// Equal statements about equal subjects are equal attachments.
Attachment attachment_of(std::string statement, const std::string& predicate_type,
                         const layers::Descriptor& subject);

// The same for any bytes; the annotations are those of the layer and of the manifest.
Attachment attachment_of(std::string content, std::string_view type, const layers::Annotations& annotations,
                         const layers::Descriptor& subject);

// Stores it, blobs first. Error as the destination's, RegistryError when a registry refuses artifacts.
void attach(const Attachment& attachment, registry::ImageDestination& to);

// Visits the artifacts of that type that refer to `subject` and have one layer, which is of that type as
// well: with the manifest's name for messages, and the layer. What is listed but absent, or of another kind,
// is left out; one that does not name the subject is Error(unverified), more than 1,000 referrers are
// Error(limit).
void for_each_artifact(
    registry::ImageSource& image, const Digest& subject, std::string_view artifact_type,
    const std::function<void(const std::string& what, const layers::Descriptor& blob)>& visit);

// Every statement about `subject` that is attached to it: plain ones, then those in envelopes, whose
// signatures are not looked at here. What is listed but absent, or is of another kind, is left out; one that
// is about another image is Error(unverified), a broken one Error(integrity), more than 1,000 are
// Error(limit).
std::vector<Statement> attached_statements(registry::ImageSource& image, const Digest& subject,
                                           const std::stop_token& stop = {});

}  // namespace whittle::evidence
