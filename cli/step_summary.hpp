// What a build did, in Markdown, for the page on which a CI service shows a run.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "builder/build.hpp"

namespace whittle::cli {

// A table of images with digest, size and what had to be done, where they are, and behind a fold each layer:
// new, or from the cache. `sizes` is Markdown on what became of them, put below; "" for none.
std::string step_summary(const std::vector<builder::BuildResult>& results, std::string_view sizes);

// Adds it to a file that other steps may have written to. Error(io).
void append_summary(const std::string& summary, const std::filesystem::path& file);

}  // namespace whittle::cli
