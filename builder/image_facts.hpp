// What decides an image besides its programs: its settings in the spec, its files, what it is built on. Known
// without making anything, so that it can be told what of it changed.
#pragma once

#include <map>
#include <string>

#include "builder/build_plan.hpp"
#include "builder/lock.hpp"
#include "builder/target.hpp"

namespace whittle::builder {

// From a name ("env", "files", "base") to a digest of what it is, in hexadecimal; what is not set is not
// there. Named values (${git.commit}) count as they are written: else every commit would change every image.
using ImageFacts = std::map<std::string, std::string>;

ImageFacts image_facts(const Target& target, const BuildPlan& plan, const Lock& lock);

// The names of those that differ, sorted.
std::vector<std::string> differences(const ImageFacts& before, const ImageFacts& after);

}  // namespace whittle::builder
