#include "attribution/report_json.hpp"

#include <algorithm>

#include "common/text.hpp"

namespace whittle::attribution {
namespace {

Json to_json(const Size& size) {
  return {{"size", size.raw}, {"compressedSize", size.compressed}};
}

}  // namespace

Json to_json(const std::vector<Node>& nodes) {
  Json list = Json::array();
  for (const auto& node : nodes) {
    Json json = to_json(node.size);
    json["name"] = as_utf8(node.name);
    json["kind"] = name_of(node.kind);
    if (!node.children.empty()) json["children"] = to_json(node.children);
    list.push_back(std::move(json));
  }
  return list;
}

Json to_json(const std::vector<ComparedNode>& nodes) {
  Json list = Json::array();
  for (const auto& node : nodes) {
    Json children = to_json(node.children);
    if (node.size == node.before && children.empty()) continue;
    Json json = to_json(node.size);
    json["name"] = as_utf8(node.name);
    json["kind"] = name_of(node.kind);
    json["before"] = to_json(node.before);
    if (!children.empty()) json["children"] = std::move(children);
    list.push_back(std::move(json));
  }
  return list;
}

Json to_json(const Waste& waste) {
  Json json = to_json(waste.size);
  Json reasons = Json::object();
  for (const auto reason : waste_reasons) reasons[std::string(name_of(reason))] = to_json(waste.of(reason));
  json["reasons"] = reasons;
  Json files = Json::array();
  for (std::size_t i = 0; i < std::min(waste.files.size(), most_wasted_files); ++i) {
    const auto& wasted = waste.files[i];
    Json file = to_json(wasted.size);
    file["path"] = as_utf8(wasted.path);
    file["layer"] = wasted.layer;
    file["reason"] = name_of(wasted.reason);
    if (wasted.by) file["by"] = *wasted.by;
    if (!wasted.other.empty()) file["other"] = as_utf8(wasted.other);
    files.push_back(std::move(file));
  }
  json["files"] = files;
  json["fileCount"] = waste.files.size();
  return json;
}

}  // namespace whittle::attribution
