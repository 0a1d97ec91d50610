#include "slimming/report_json.hpp"

#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::slimming {
namespace {

Json json_of(const layers::Descriptor& descriptor) {
  return {{"mediaType", as_utf8(descriptor.media_type)},
          {"digest", descriptor.digest.text()},
          {"size", descriptor.size}};
}

Json json_of(const Sizes& sizes) {
  return {{"layers", sizes.layers}, {"size", sizes.compressed}, {"uncompressedSize", sizes.uncompressed}};
}

Json json_of(const FileReport& file) {
  Json json = {{"path", as_utf8("/" + file.path)},
               {"layer", file.layer + 1},
               {"action", name_of(file.action)},
               {"size", file.size}};
  if (!file.rule.empty()) json["rule"] = file.rule;
  if (!file.reason.empty()) json["reason"] = as_utf8(file.reason);
  if (file.action != FileReport::Action::keep) json["saved"] = file.saved;
  if (file.compressed > 0) json["compressedSize"] = file.compressed;
  return json;
}

// What comes behind "files" in the order of names.
Json rest_of(const PlatformReport& platform) {
  Json layers = Json::array();
  for (const auto& layer : platform.layers)
    layers.push_back({{"layer", json_of(layer.descriptor)},
                      {"first", layer.first + 1},
                      {"last", layer.last + 1},
                      {"stays", layer.stays}});
  Json rules = Json::object();
  for (const auto& [name, rule] : platform.rules)
    rules[name] = {{"files", rule.files}, {"saved", rule.saved}, {"compressedSize", rule.compressed}};
  Json warnings = Json::array();
  for (const auto& warning : platform.warnings) warnings.push_back(as_utf8(warning));
  return {
      {"layers", layers}, {"platform", platform.platform.text()}, {"rules", rules}, {"warnings", warnings}};
}

// Passes text on in pieces of some size: a report has many short ones.
class Pieces {
 public:
  explicit Pieces(ByteSink& out) : out_(out) {}
  void add(std::string_view text) {
    waiting_ += text;
    if (waiting_.size() >= stream_buffer_size) finish();
  }
  void finish() {
    out_.write(as_bytes(waiting_));
    waiting_.clear();
  }

 private:
  ByteSink& out_;
  std::string waiting_ = {};
};

// The members of two objects whose names do not mix, as those of one.
void write_platform(const PlatformReport& platform, Pieces& out) {
  const Json first = {
      {"after", {{"manifest", json_of(platform.after)}, {"sizes", json_of(platform.size_after)}}},
      {"before", {{"manifest", json_of(platform.before)}, {"sizes", json_of(platform.size_before)}}}};
  auto text = canonical(first);
  text.pop_back();
  out.add(text + ",\"files\":[");
  bool is_first = true;
  for (const auto& file : platform.files) {
    out.add((is_first ? "" : ",") + canonical(json_of(file)));
    is_first = false;
  }
  out.add("]," + canonical(rest_of(platform)).substr(1));
}

}  // namespace

void write_report(const SlimmedResult& result, const std::string& place,
                  const std::vector<std::string>& results, ByteSink& sink) {
  Pieces out(sink);
  Json left_out = Json::array();
  for (const auto& child : result.left_out) left_out.push_back(json_of(child));
  Json places = Json::array();
  for (const auto& one : results) places.push_back(as_utf8(one));
  auto text = canonical({{"changed", result.changed}, {"leftOut", left_out}, {"place", as_utf8(place)}});
  text.pop_back();
  out.add(text + ",\"platforms\":[");
  bool is_first = true;
  for (const auto& platform : result.platforms) {
    if (!is_first) out.add(",");
    write_platform(platform, out);
    is_first = false;
  }
  const Json rest = {{"results", places}, {"root", json_of(result.before)}, {"schemaVersion", 1}};
  out.add("]," + canonical(rest).substr(1) + "\n");
  out.finish();
}

}  // namespace whittle::slimming
