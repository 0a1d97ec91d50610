// What an image says of its sources, and what a build records of it: annotations, provenance, bills of
// materials.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "builder/assemble.hpp"
#include "builder/build_context.hpp"
#include "builder/build_plan.hpp"
#include "builder/built_image.hpp"
#include "builder/lock.hpp"
#include "builder/own_sources.hpp"
#include "builder/recording.hpp"

namespace whittle::builder {

// Borrows everything; one thread. Of images whose programs are there: the plan knows what they were made
// from.
class ImageRecords {
 public:
  struct Parts {
    const BuildContext& build;
    const BuildPlan& plan;
    const Lock& lock;
    Assembler& assembler;
  };
  explicit ImageRecords(Parts parts)
      : parts_(parts),
        recording_(parts.build.options.record, parts.build.options.limits, parts.lock, parts.build.cache,
                   parts.build.reporter, parts.build.stop) {}

  // The same on every platform. Goes before evidence_of() the same image.
  std::map<std::string, std::string> annotations_of(const ImageSpec& spec);
  // Of an image that is assembled: what is to be attached to it.
  std::vector<Evidence> evidence_of(const ImageSpec& spec, const BuildResult& result, BuiltImage& image);

 private:
  evidence::BuildRecord record_of(const ImageSpec& spec, const BuildResult& result);
  OwnSources own_sources_of(const ImageSpec& spec);
  void place_in_commit(const ImageSpec& spec, const OwnSources& own, const std::filesystem::path& tree,
                       evidence::Sources& sources);
  std::map<std::string, std::string> values_in(const ImageSpec& spec) const;
  std::filesystem::path spec_file() const;
  std::vector<std::size_t> requests_of(const ImageSpec& spec) const;

  Parts parts_;
  Recording recording_;
  std::map<std::string, std::optional<std::string>> revisions_ = {};  // of each image's sources
};

}  // namespace whittle::builder
