// `whittle init --from Dockerfile`: follows where each file of the final stage comes from, and writes the
// spec that gives the same image. Nothing is executed or fetched.
#pragma once

#include <string>
#include <string_view>

#include "builder/dockerfile_report.hpp"
#include "builder/init_spec.hpp"
#include "builder/source_scan.hpp"

namespace whittle::builder {

struct TranslateOptions {
  std::string name = "Dockerfile";  // of the file, for messages and comments
  std::string target = {};          // the stage that becomes the image; the last one when empty
};

struct Translation {
  InitSpec spec;  // its reader takes it; what was not translated stands in its comments
  DockerfileReport report;
};

// Error(unsupported) for a file that is no Dockerfile or from which no Go program comes into the image,
// Error(usage) for a target that is no stage, Error(limit) beyond the limits. Time is bounded by the limits.
Translation translate_dockerfile(std::string_view text, const TranslateOptions& options,
                                 const SourceScan& scan);

}  // namespace whittle::builder
