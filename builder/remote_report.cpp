#include "builder/remote_report.hpp"

#include <fmt/format.h>

#include <array>

#include "common/json.hpp"
#include "common/text.hpp"
#include "layers/json_fields.hpp"

namespace whittle::builder {
namespace {

constexpr std::uint64_t report_version = 1;
constexpr std::string_view report_name = "the report of an action";

[[noreturn]] void refuse_report(std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("{}: {}", report_name, why));
}

Json module_object(const binaries::GoModule& module) {
  return {{"path", as_utf8(module.path)}, {"version", as_utf8(module.version)}, {"sum", as_utf8(module.sum)}};
}

binaries::GoModule module_from_object(const Json& json) {
  const layers::JsonFields fields(json, std::string(report_name));
  return {fields.required_text("path"), fields.text("version"), fields.text("sum")};
}

Json build_info_object(const binaries::BuildInfo& info) {
  Json dependencies = Json::array();
  for (const auto& dependency : info.dependencies) {
    Json one = {{"module", module_object(dependency.module)}};
    if (dependency.replacement) one["replacement"] = module_object(*dependency.replacement);
    dependencies.push_back(std::move(one));
  }
  Json settings = Json::object();
  for (const auto& [name, value] : info.settings) settings[as_utf8(name)] = as_utf8(value);
  Json json = {{"go", as_utf8(info.go_version)},
               {"path", as_utf8(info.path)},
               {"dependencies", std::move(dependencies)},
               {"settings", std::move(settings)}};
  if (info.main_module) json["main"] = module_object(*info.main_module);
  return json;
}

binaries::BuildInfo build_info_from_object(const Json& json) {
  const layers::JsonFields fields(json, std::string(report_name));
  binaries::BuildInfo info{fields.text("go"), fields.text("path")};
  if (const auto* main = fields.object("main")) info.main_module = module_from_object(*main);
  for (const auto& one : fields.required_array("dependencies")) {
    const layers::JsonFields of(one, std::string(report_name));
    auto& dependency = info.dependencies.emplace_back();
    dependency.module = module_from_object(of.required("module"));
    if (const auto* replacement = of.object("replacement"))
      dependency.replacement = module_from_object(*replacement);
  }
  info.settings = fields.text_map("settings");
  return info;
}

Json to_json(const RemoteReport::Program& program) {
  Json json = {{"digest", program.digest.text()},
               {"size", program.size},
               {"ownMemoryLimit", program.own_memory_limit}};
  if (program.info) json["info"] = build_info_object(*program.info);
  return json;
}

RemoteReport::Program reported_program(const Json& json) {
  const layers::JsonFields fields(json, std::string(report_name));
  RemoteReport::Program program{Digest::parse(fields.required_text("digest")), fields.required_size("size")};
  program.own_memory_limit = fields.text("ownMemoryLimit");
  if (const auto* info = fields.object("info")) program.info = build_info_from_object(*info);
  return program;
}

Json to_json(const layers::Layer& layer) {
  return {{"descriptor", layers::to_json(layer.descriptor)},
          {"diffID", layer.diff_id.text()},
          {"uncompressedSize", layer.uncompressed_size}};
}

layers::Layer reported_layer(const Json& json) {
  const layers::JsonFields fields(json, std::string(report_name));
  return {layers::parse_descriptor(fields.required("descriptor"), report_name),
          Digest::parse(fields.required_text("diffID")), fields.required_size("uncompressedSize")};
}

// What the user's own code, or a rule, is the reason of: it would end the same way anywhere.
constexpr std::array<ErrorKind, 3> told = {ErrorKind::source, ErrorKind::policy, ErrorKind::spec};

Json to_json(const Error& error) {
  Json hints = Json::array();
  for (const auto& hint : error.hints()) hints.push_back(as_utf8(hint));
  return {
      {"kind", std::string(name_of(error.kind()))}, {"message", as_utf8(error.message())}, {"hints", hints}};
}

Error error_from(const Json& json) {
  const layers::JsonFields fields(json, std::string(report_name));
  const auto name = fields.required_text("kind");
  auto kind = ErrorKind::toolchain;
  for (const auto one : told)
    if (name_of(one) == name) kind = one;
  Error error(kind, escaped(fields.required_text("message"), true, 64U << 10U));
  for (const auto& hint : fields.texts("hints")) error.hint(escaped(hint, false, 1000));
  return error;
}

}  // namespace

std::string to_text(const RemoteReport& report) {
  Json json = {{"version", report_version}, {"programs", Json::array()}, {"layers", Json::array()}};
  for (const auto& program : report.programs) json["programs"].push_back(to_json(program));
  for (const auto& layer : report.layers) json["layers"].push_back(to_json(layer));
  if (report.failure) json["failure"] = to_json(*report.failure);
  return canonical(json);
}

RemoteReport parse_remote_report(std::string_view text) {
  const Json json = parse_json(text, report_name, ErrorKind::integrity, {largest_report, 16});
  const layers::JsonFields fields(json, std::string(report_name));
  if (fields.required_size("version") != report_version) refuse_report("it is of another version of whittle");
  RemoteReport report;
  for (const auto& one : fields.required_array("programs")) report.programs.push_back(reported_program(one));
  for (const auto& one : fields.required_array("layers")) report.layers.push_back(reported_layer(one));
  if (const auto* failure = fields.object("failure")) report.failure = error_from(*failure);
  return report;
}

}  // namespace whittle::builder
