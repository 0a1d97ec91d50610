// Which images manifests are about: what each mention of one means in terms of the spec.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "builder/spec.hpp"
#include "deploying/manifest_text.hpp"

namespace whittle::cli {

struct ManifestImages {
  builder::Spec spec;                        // with just these images, each once
  std::map<std::string, std::string> names;  // from what a mention says, "whittle://api", to an image's name
};

// Error(spec) "FILE:LINE:COLUMN: …" for an image that the spec lacks, with the nearest that it has, for a
// package that is not there, and for two packages whose images would have one name. `found` is the spec, if
// there is one; packages of the module around its folder, or around `working`, are its own.
ManifestImages images_of(const std::vector<deploying::ManifestText>& manifests,
                         const std::optional<builder::Spec>& found, const std::filesystem::path& working);

}  // namespace whittle::cli
