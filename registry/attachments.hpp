// What belongs to an image without being part of it: manifests that name it, or one of its, as their subject,
// what names those in turn, and what cosign attaches by tags.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "common/report.hpp"
#include "registry/image_io.hpp"
#include "registry/tree.hpp"

namespace whittle::registry {

struct Attachment {
  layers::Document root;
  std::string tag;  // that it has to have; empty for what is found by its subject
  ImageTree tree;
};

// Everything attached to the documents of an image, the nearest first, each document once. Chains longer than
// referrer_depth_limit are Error(limit) (hostile.md, 127). What is listed but absent, or names another
// subject, is left out with a warning.
std::vector<Attachment> read_attachments(ImageSource& from, const ImageTree& image, unsigned jobs,
                                         Reporter& reporter, const std::stop_token& stop);

}  // namespace whittle::registry
