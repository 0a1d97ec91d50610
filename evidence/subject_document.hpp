// Subjects of statements that are manifests and indexes.
#pragma once

#include <string>
#include <string_view>

#include "evidence/statement.hpp"
#include "layers/descriptor.hpp"

namespace whittle::evidence {

// With size and platform among its annotations; `name` is for people.
Subject subject_of(const std::string& name, const layers::Descriptor& document);

// The other way, from a statement that anybody may have written. Error(unverified) for one without a media
// type or of an unknown platform, Error(integrity) without a size. `what` names the statement.
layers::Descriptor document_of(const Subject& subject, std::string_view what);

}  // namespace whittle::evidence
