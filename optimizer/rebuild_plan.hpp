// How an image is built again: what its record asks for, as far as the user's own sources and spec can mean
// it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "evidence/build_record.hpp"
#include "layers/document.hpp"
#include "layers/platform.hpp"

namespace whittle::optimizer {

// What the user gives. Paths are absolute.
struct RebuildWish {
  std::filesystem::path source;     // a folder in the sources
  std::filesystem::path spec = {};  // -f; "" for what the record names
  bool revision = false;            // the recorded commit of that repository instead of the files at hand
  std::optional<layers::Platform> platform = {};  // this one alone
};

struct RebuildPlan {
  std::filesystem::path root;       // of the sources
  std::filesystem::path spec_file;  // relative to it; "" for a build without a spec
  std::filesystem::path folder;     // relative to it: where whittle runs
  std::string wanted;               // name of an image or a main package
  std::string profile = {};
  std::int64_t epoch = 0;
  std::vector<layers::Platform> platforms = {};
  std::filesystem::path lock_file = {};           // relative to root
  std::string lock = {};                          // what has to be in it
  std::string lock_at_hand = {};                  // what is in it, if that is something else
  std::vector<std::string> other_compilers = {};  // C compilers of this machine in place of recorded ones
  std::vector<std::string> remarks = {};          // what the user should know, each one line
};

// A provenance may have been written by anybody (hostile.md, 247). Of it count: which image of the spec, or
// which package of the sources, the platforms, the profile, the epoch, and the lock, which holds digests of
// what the spec asks for; no address, no program, no argument, no path out of the sources. Error(unverified)
// naming the field before anything runs when it asks for something that the user's sources and the image do
// not have. `checkouts` is a folder for the sources when a revision is wanted; Error(not_found) when git does
// not have it. It is built as well, with a remark, when the files at hand are those of the record and only
// HEAD has gone on: what an image says of its commit would be something else.
struct PlanParts {
  const evidence::BuildRecord& record;
  const layers::Document& root;  // of the image
  std::filesystem::path checkouts;
  std::filesystem::path git;  // the program; "" for none
  std::stop_token stop;
};
RebuildPlan plan_rebuild(const RebuildWish& wish, const PlanParts& parts);

// The files of the record that differ at hand or are missing, sorted: "internal/gen/table.go".
std::vector<std::string> changed_sources(const evidence::Sources& sources, const std::filesystem::path& root);

}  // namespace whittle::optimizer
