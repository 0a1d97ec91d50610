// Finds the line tables that belong to the programs of an image.
#pragma once

#include <string>
#include <vector>

#include "common/digest.hpp"
#include "layers/descriptor.hpp"
#include "registry/image_io.hpp"

namespace whittle::evidence {

// What such an artifact says of itself: whose line tables it has.
layers::Annotations annotations_of_lines(const std::string& path, const Digest& program);

struct AttachedLines {
  Digest program;           // as the artifact says; restore_lines() checks it
  layers::Descriptor blob;  // for restore_lines()
};

// Those that refer to the manifest `subject`, in the order of the list. What is listed but absent is left
// out; one that does not name the subject is Error(unverified), a broken one Error(integrity), more than
// 1,000 referrers are Error(limit).
std::vector<AttachedLines> attached_lines(registry::ImageSource& image, const Digest& subject);

}  // namespace whittle::evidence
