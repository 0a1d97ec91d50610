#include "builder/shard_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/json.hpp"

namespace whittle::builder {
namespace {

constexpr std::uint64_t shard_report_version = 1;
constexpr std::size_t largest_shard_report = 2U << 20U;  // bytes; registries take manifests up to 4 MiB
constexpr std::size_t most_images = 10'000;

std::uint64_t number_in(const Json& json) {
  if (!json.is_number_unsigned()) throw Error(ErrorKind::integrity, "what should be a number is none");
  return json.get<std::uint64_t>();
}

// Error(integrity) for what does not have the form that `read` expects.
template <class Read>
auto read_text(std::string_view text, const char* what, const Read& read) {
  JsonLimits limits;
  limits.bytes = largest_shard_report;
  limits.depth = 16;
  const auto json = parse_json(text, what, ErrorKind::integrity, limits);
  try {
    if (const auto written = number_in(json.at("version")); written > shard_report_version)
      throw Error(ErrorKind::unsupported, fmt::format("{} is of version {}, and this whittle knows {}", what,
                                                      written, shard_report_version));
    return read(json);
  } catch (const Json::exception&) {
    throw Error(ErrorKind::integrity, fmt::format("{} lacks a field, or has one of another kind", what));
  }
}

ReportedImage image_from(const Json& json) {
  return {json.at("name").get<std::string>(), layers::parse_descriptor(json.at("root"), "an image"),
          json.at("places").get<std::vector<std::string>>(), number_in(json.at("cost"))};
}

}  // namespace

std::string to_text(const ShardReport& report) {
  Json images = Json::array();
  for (const auto& image : report.images)
    images.push_back({{"name", image.name},
                      {"root", layers::to_json(image.root)},
                      {"places", image.places},
                      {"cost", image.cost}});
  return canonical({{"version", shard_report_version},
                    {"run", report.run.text()},
                    {"shard", report.shard.text()},
                    {"images", images},
                    {"unaffected", report.unaffected}});
}

ShardReport shard_report_from(std::string_view text) {
  return read_text(text, "the report of a shard", [](const Json& json) {
    if (json.at("images").size() > most_images)
      throw Error(ErrorKind::integrity, "it names more images than a spec has");
    ShardReport report{Digest::parse(json.at("run").get<std::string>()), {}};
    try {
      report.shard = Shard::parse(json.at("shard").get<std::string>());
    } catch (const Error& error) {
      throw Error(ErrorKind::integrity, error.message());
    }
    for (const auto& image : json.at("images")) report.images.push_back(image_from(image));
    report.unaffected = json.at("unaffected").get<std::vector<std::string>>();
    return report;
  });
}

void add_earlier(const ShardReport& before, ShardReport& report) {
  for (const auto& image : before.images) {
    const auto left_out = std::find(report.unaffected.begin(), report.unaffected.end(), image.name);
    if (left_out == report.unaffected.end()) continue;
    report.unaffected.erase(left_out);
    report.images.push_back(image);
  }
  std::sort(report.images.begin(), report.images.end(),
            [](const ReportedImage& a, const ReportedImage& b) { return a.name < b.name; });
}

std::string to_text(const Costs& costs) {
  return canonical({{"version", shard_report_version}, {"costs", costs}});
}

Costs costs_from(std::string_view text) {
  return read_text(text, "the list of costs", [](const Json& json) {
    Costs costs;
    for (const auto& [name, cost] : json.at("costs").items()) costs.emplace(name, number_in(cost));
    return costs;
  });
}

}  // namespace whittle::builder
