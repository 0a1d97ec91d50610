// What a shard leaves for whoever joins the parts: which images it built, and where they are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "builder/shards.hpp"
#include "common/digest.hpp"
#include "layers/descriptor.hpp"

namespace whittle::builder {

struct ReportedImage {
  std::string name;
  layers::Descriptor root;  // manifest or index
  std::vector<std::string> places;
  std::uint64_t cost = 0;  // Costs
};

struct ShardReport {
  Digest run;  // which build of many machines it is a part of
  Shard shard;
  std::vector<ReportedImage> images = {};
  std::vector<std::string> unaffected = {};  // images that were left out, being as they were
};

// Canonical text (docs/formats.md).
std::string to_text(const ShardReport& report);
// Error(integrity) for anything else, Error(unsupported) for one of a later version.
ShardReport shard_report_from(std::string_view text);

// A shard that is run again knows what it built before: images of `before` that `report` leaves out as they
// were.
void add_earlier(const ShardReport& before, ShardReport& report);

std::string to_text(const Costs& costs);
Costs costs_from(std::string_view text);

}  // namespace whittle::builder
