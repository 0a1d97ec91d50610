#include "layers/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/json_fields.hpp"
#include "layers/media_types.hpp"

namespace whittle::layers {
namespace {

// Everything but the named fields, to be written back as it is (hostile case 124). `null` says nothing.
template <std::size_t Count>
Json all_but(const Json& object, const std::array<std::string_view, Count>& known) {
  Json others = Json::object();
  for (const auto& item : object.items())
    if (!item.value().is_null() && std::find(known.begin(), known.end(), item.key()) == known.end())
      others[item.key()] = item.value();
  return others;
}

std::set<std::string> keys_of(const Json* object) {
  std::set<std::string> keys;
  if (object != nullptr)
    for (const auto& item : object->items()) keys.insert(item.key());
  return keys;
}

Json object_of(const std::set<std::string>& keys) {
  Json object = Json::object();
  for (const auto& key : keys) object[key] = Json::object();
  return object;
}

// Docker once wrote a plain string here. It is kept among the unknown fields, where a new value replaces it.
std::optional<std::vector<std::string>> parse_argv(const JsonFields& fields, std::string_view name,
                                                   Json& others) {
  const Json* value = fields.find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) {
    others[std::string(name)] = *value;
    return std::nullopt;
  }
  return fields.texts(name);
}

Execution parse_execution(const Json& json, std::string where) {
  const JsonFields fields(json, std::move(where));
  Execution run;
  static constexpr std::array<std::string_view, 9> known = {
      "User", "Env", "Entrypoint", "Cmd", "WorkingDir", "ExposedPorts", "Volumes", "Labels", "StopSignal"};
  run.others = all_but(json, known);
  run.user = fields.text("User");
  run.env = fields.texts("Env");
  run.entrypoint = parse_argv(fields, "Entrypoint", run.others);
  run.cmd = parse_argv(fields, "Cmd", run.others);
  run.working_dir = fields.text("WorkingDir");
  run.exposed_ports = keys_of(fields.object("ExposedPorts"));
  run.volumes = keys_of(fields.object("Volumes"));
  run.labels = fields.text_map("Labels");
  run.stop_signal = fields.text("StopSignal");
  return run;
}

std::vector<Digest> parse_diff_ids(const Json& json, std::string where) {
  const JsonFields fields(json, std::move(where));
  const std::string type = fields.required_text("type");
  if (type != "layers")
    throw Error(ErrorKind::integrity,
                fmt::format("{} is {}, not \"layers\"", fields.where("type"), shown(type)));
  fields.required_array("diff_ids");
  std::vector<Digest> diff_ids;
  for (const auto& text : fields.texts("diff_ids"))
    in_context([&] { return fields.where(fmt::format("diff_ids[{}]", diff_ids.size())); },
               [&] { diff_ids.push_back(Digest::parse(text)); });
  return diff_ids;
}

std::vector<History> parse_history(const JsonFields& top) {
  std::vector<History> history;
  const Json* list = top.array("history");
  if (list == nullptr) return history;
  for (const Json& item : *list) {
    const JsonFields fields(item, top.where(fmt::format("history[{}]", history.size())));
    history.push_back({fields.text("created"), fields.text("created_by"), fields.text("comment"),
                       fields.text("author"), fields.flag("empty_layer")});
  }
  return history;
}

// config.md: history describes the layers; entries without a layer say so. It may be absent (hostile case
// 117).
void check_history(const ImageConfig& config, std::string_view what) {
  const auto with_layer = std::count_if(config.history.begin(), config.history.end(),
                                        [](const History& entry) { return !entry.empty_layer; });
  if (!config.history.empty() && static_cast<std::size_t>(with_layer) != config.diff_ids.size())
    throw Error(ErrorKind::integrity,
                fmt::format("{} has {} diff_ids but {} history entries that made a layer", what,
                            config.diff_ids.size(), with_layer));
}

void put(Json& object, const char* name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

Json to_json(const Execution& run) {
  Json json = run.others;
  put(json, "User", run.user);
  if (!run.env.empty()) json["Env"] = run.env;
  if (run.entrypoint) json["Entrypoint"] = *run.entrypoint;
  if (run.cmd) json["Cmd"] = *run.cmd;
  put(json, "WorkingDir", run.working_dir);
  if (!run.exposed_ports.empty()) json["ExposedPorts"] = object_of(run.exposed_ports);
  if (!run.volumes.empty()) json["Volumes"] = object_of(run.volumes);
  if (!run.labels.empty()) json["Labels"] = run.labels;
  put(json, "StopSignal", run.stop_signal);
  return json;
}

Json to_json(const History& entry) {
  Json json = Json::object();
  put(json, "created", entry.created);
  put(json, "created_by", entry.created_by);
  put(json, "comment", entry.comment);
  put(json, "author", entry.author);
  if (entry.empty_layer) json["empty_layer"] = true;
  return json;
}

}  // namespace

void Execution::set_env(std::string_view name, std::string_view value) {
  std::string text = fmt::format("{}={}", name, value);
  const auto place = std::find_if(env.begin(), env.end(), [&](const std::string& entry) {
    return entry.starts_with(name) && (entry.size() == name.size() || entry[name.size()] == '=');
  });
  if (place == env.end())
    env.push_back(std::move(text));
  else
    *place = std::move(text);
}

ImageConfig parse_config(std::string_view bytes, std::string_view what) {
  const Json json = parse_json(bytes, what);
  const JsonFields fields(json, std::string(what));
  ImageConfig config;
  config.platform = Platform::normal(fields.required_text("os"), fields.required_text("architecture"),
                                     fields.text("variant"), fields.text("os.version"));
  config.created = fields.text("created");
  config.author = fields.text("author");
  if (const Json* run = fields.find("config"))
    config.execution = parse_execution(*run, fields.where("config"));
  config.diff_ids = parse_diff_ids(fields.required("rootfs"), fields.where("rootfs"));
  config.history = parse_history(fields);
  static constexpr std::array<std::string_view, 9> known = {
      "os", "architecture", "variant", "os.version", "created", "author", "config", "rootfs", "history"};
  config.others = all_but(json, known);
  check_history(config, what);
  return config;
}

Document write_config(const ImageConfig& config) {
  Json json = config.others;
  put(json, "os", config.platform.os);
  put(json, "architecture", config.platform.architecture);
  put(json, "variant", config.platform.variant);
  put(json, "os.version", config.platform.os_version);
  put(json, "created", config.created);
  put(json, "author", config.author);
  if (Json run = to_json(config.execution); !run.empty()) json["config"] = std::move(run);
  Json diff_ids = Json::array();
  for (const Digest& diff_id : config.diff_ids) diff_ids.push_back(diff_id.text());
  json["rootfs"] = {{"type", "layers"}, {"diff_ids", std::move(diff_ids)}};
  for (const History& entry : config.history) json["history"].push_back(to_json(entry));
  return Document(std::string(media_type::oci_config), canonical(json));
}

}  // namespace whittle::layers
