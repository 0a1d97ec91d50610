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

// The members of two objects whose names do not mix, as those of one.
void write_platform(const PlatformReport& platform, std::size_t number, FileLists& files, ByteSink& out) {
  const Json first = {
      {"after", {{"manifest", json_of(platform.after)}, {"sizes", json_of(platform.size_after)}}},
      {"before", {{"manifest", json_of(platform.before)}, {"sizes", json_of(platform.size_before)}}}};
  auto text = canonical(first);
  text.pop_back();
  out.write(as_bytes(text + ",\"files\":["));
  files.write(number, out);
  out.write(as_bytes("]," + canonical(rest_of(platform)).substr(1)));
}

}  // namespace

void FileLists::add(std::size_t platform, const FileReport& file) {
  if (ends_.size() <= platform) ends_.resize(platform + 1, written_ + waiting_.size());
  const auto begin = platform == 0 ? 0 : ends_[platform - 1];
  if (ends_[platform] > begin) waiting_ += ',';
  waiting_ += canonical(json_of(file));
  ends_[platform] = written_ + waiting_.size();
  if (waiting_.size() >= stream_buffer_size) flush();
}

void FileLists::flush() {
  write_at(*fd_, as_bytes(waiting_), written_, scratch_);
  written_ += waiting_.size();
  waiting_.clear();
}

void FileLists::write(std::size_t platform, ByteSink& out) {
  if (platform >= ends_.size()) return;
  flush();
  const auto begin = platform == 0 ? 0 : ends_[platform - 1];
  FileRange range(fd_, scratch_, begin, ends_[platform] - begin);
  pump(range, out);
}

void write_report(const SlimmedResult& result, const std::string& place,
                  const std::vector<std::string>& results, FileLists& files, ByteSink& out) {
  Json left_out = Json::array();
  for (const auto& child : result.left_out) left_out.push_back(json_of(child));
  Json places = Json::array();
  for (const auto& one : results) places.push_back(as_utf8(one));
  auto text = canonical({{"changed", result.changed}, {"leftOut", left_out}, {"place", as_utf8(place)}});
  text.pop_back();
  out.write(as_bytes(text + ",\"platforms\":["));
  for (std::size_t i = 0; i < result.platforms.size(); ++i) {
    if (i > 0) out.write(as_bytes(std::string_view(",")));
    write_platform(result.platforms[i], i, files, out);
  }
  const Json rest = {{"results", places}, {"root", json_of(result.before)}, {"schemaVersion", 1}};
  out.write(as_bytes("]," + canonical(rest).substr(1) + "\n"));
}

}  // namespace whittle::slimming
