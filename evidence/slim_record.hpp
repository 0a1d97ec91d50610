// From what `whittle slim` made an image, and how: as SLSA provenance v1, and back (docs/formats.md). It has
// no clock, no random and nothing of the machine in it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/statement.hpp"
#include "layers/descriptor.hpp"

namespace whittle::evidence {

inline constexpr std::string_view slim_build_type = "https://whittle.dev/slim/v1";  // a name

struct SlimRecord {
  std::string builder_version = {};  // of whittle
  std::string name = {};             // of the old image, if it is in a registry; for people
  layers::Descriptor from = {{}, Digest::of(std::string_view()), 0};  // the old root, as it was read
  layers::Descriptor root = {{}, Digest::of(std::string_view()), 0};  // the new one
  std::vector<layers::Descriptor> platforms = {};                     // the new manifests, each with its own
  // What was asked for, by the names of flags: "keep" → patterns. Only those of slim_options.
  std::map<std::string, std::vector<std::string>> options = {};
};

// The flags of `slim` that decide what an image becomes.
bool is_slim_option(std::string_view name);

Statement provenance_of(const SlimRecord& record);

// Whether the statement is a provenance of this kind.
bool is_slim_provenance(const Statement& statement);

// Of a statement that anybody may have written: each field is checked for its form. Error(unverified) when
// one is missing, is of another form or unknown, Error(integrity) for a value of another JSON type.
SlimRecord slim_record_of(const Statement& statement, std::string_view what);

}  // namespace whittle::evidence
