#include "comparison/difference_json.hpp"

#include "common/text.hpp"

namespace whittle::comparison {
namespace {

Json image_json(const layers::Descriptor& root, const std::string& place) {
  return {{"place", as_utf8(place)}, {"digest", root.digest.text()}, {"mediaType", as_utf8(root.media_type)}};
}

Json side_json(const layers::Descriptor& layer, std::size_t index, std::uint64_t size,
               const std::string& compressor) {
  Json json = {{"layer", index + 1}, {"digest", layer.digest.text()}, {"size", layer.size}};
  if (size > 0) json["uncompressedSize"] = size;
  if (!compressor.empty()) json["compressor"] = compressor;
  return json;
}

Json layer_json(const ComparedLayer& layer) {
  Json json = {{"platform", layer.platform}, {"state", name_of(layer.state)}};
  if (layer.a) json["a"] = side_json(*layer.a, *layer.index_a, layer.size_a, layer.compressor_a);
  if (layer.b) json["b"] = side_json(*layer.b, *layer.index_b, layer.size_b, layer.compressor_b);
  return json;
}

Json finding_json(const Finding& finding) {
  Json where = Json::array();
  for (const auto& step : finding.where) where.push_back(as_utf8(step));
  Json json = {{"where", std::move(where)}, {"aspect", finding.aspect}};
  if (finding.a) json["a"] = as_utf8(*finding.a);
  if (finding.b) json["b"] = as_utf8(*finding.b);
  if (!finding.note.empty()) json["note"] = as_utf8(finding.note);
  return json;
}

}  // namespace

Json to_json(const ImageDifference& difference, const std::string& a, const std::string& b) {
  Json causes = Json::array();
  for (const auto& cause : difference.causes)
    causes.push_back({{"kind", cause.kind}, {"text", as_utf8(cause.text)}, {"explains", cause.explains}});
  Json layers = Json::array();
  for (const auto& layer : difference.layers) layers.push_back(layer_json(layer));
  Json findings = Json::array();
  for (const auto& finding : difference.findings.kept()) findings.push_back(finding_json(finding));
  return {{"schemaVersion", 1},
          {"equal", difference.equal()},
          {"a", image_json(difference.root_a, a)},
          {"b", image_json(difference.root_b, b)},
          {"causes", std::move(causes)},
          {"layers", std::move(layers)},
          {"findings", std::move(findings)},
          {"findingsInAll", difference.findings.count()}};
}

}  // namespace whittle::comparison
