#include "optimizer/advice.hpp"

#include <algorithm>
#include <tuple>

#include "common/text.hpp"

namespace whittle::optimizer {
namespace {

constexpr std::uint64_t smallest_saving = 16U << 10U;  // bytes, compressed

Json to_json(const attribution::Size& size) {
  return {{"size", size.raw}, {"compressedSize", size.compressed}};
}

Json to_json(const AdviceCause& cause) {
  Json chain = Json::array();
  for (const auto& path : cause.chain) chain.push_back(as_utf8(path));
  Json json = {{"name", as_utf8(cause.name)}, {"chain", chain}};
  if (!cause.remark.empty()) json["remark"] = cause.remark;
  if (cause.size.compressed > 0) json.update(to_json(cause.size));
  return json;
}

Json to_json(const Advice& advice) {
  Json causes = Json::array();
  for (const auto& cause : advice.causes) causes.push_back(to_json(cause));
  Json json = {{"kind", name_of(advice.kind)},     {"measure", name_of(advice.measure)},
               {"change", advice.change},          {"price", advice.price},
               {"saved", to_json(advice.saved)},   {"causes", causes},
               {"moreCauses", advice.more_causes}, {"applied", !advice.edits.empty()}};
  if (advice.counted) json["countedCompressedSize"] = *advice.counted;
  return json;
}

Json to_json(const AdvisedImage& image) {
  Json advice = Json::array();
  for (const auto& one : image.advice) advice.push_back(to_json(one));
  Json json = {
      {"name", image.name},        {"platform", image.platform}, {"compressedSize", image.compressed},
      {"own", to_json(image.own)}, {"advice", advice},           {"tooSmall", image.too_small},
      {"failed", image.failed}};
  if (image.together) json["together"] = to_json(*image.together);
  return json;
}

}  // namespace

std::string_view name_of(Advice::Kind kind) {
  switch (kind) {
    case Advice::Kind::setting:
      return "setting";
    case Advice::Kind::dead_code:
      return "dead-code";
    case Advice::Kind::build_tag:
      return "build-tag";
    case Advice::Kind::import:
      return "import";
    case Advice::Kind::versions:
      return "versions";
    case Advice::Kind::embedded:
      return "embedded";
  }
  return "";
}

std::string_view name_of(Advice::Measure measure) {
  switch (measure) {
    case Advice::Measure::built:
      return "built";
    case Advice::Measure::tried:
      return "tried";
    case Advice::Measure::counted:
      return "counted";
  }
  return "";
}

void rank(AdvisedImage& image) {
  const auto is_small = [&](const Advice& advice) {
    return advice.saved.compressed < smallest_saving && advice.saved.compressed * 100 < image.own.compressed;
  };
  image.too_small += static_cast<std::size_t>(std::erase_if(image.advice, is_small));
  std::stable_sort(image.advice.begin(), image.advice.end(), [](const Advice& a, const Advice& b) {
    return std::tuple(b.saved.compressed, b.saved.raw, std::string_view(a.change)) <
           std::tuple(a.saved.compressed, a.saved.raw, std::string_view(b.change));
  });
}

Json to_json(const std::vector<AdvisedImage>& images) {
  Json list = Json::array();
  for (const auto& image : images) list.push_back(to_json(image));
  return {{"schemaVersion", 1}, {"images", list}};
}

}  // namespace whittle::optimizer
