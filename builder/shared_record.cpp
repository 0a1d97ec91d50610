#include "builder/shared_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::uint64_t shared_record_version = 1;
constexpr std::size_t most_programs = 64;
constexpr std::size_t most_layers = 64;
constexpr std::size_t most_values = 64;
constexpr std::size_t most_facts = 64;
// What own_memory_limit_of() says.
constexpr std::array<std::string_view, 3> memory_limits = {"", "automemlimit", "debug.SetMemoryLimit"};

// "f HEX P/cmd/api/main.go"
std::string text_of(const DependencyInput& input) {
  return fmt::format("{} {} {}", static_cast<char>(input.kind),
                     input.digest ? to_hex(*input.digest) : absent_input, input.path);
}

std::optional<DependencyInput> input_from(std::string_view text) {
  if (text.size() < 2 || text[1] != ' ') return std::nullopt;
  const auto end = text.find(' ', 2);
  if (end == std::string_view::npos) return std::nullopt;
  const auto word = text.substr(2, end - 2);
  DependencyInput input{FileStates::Kind::file, std::string(text.substr(end + 1)), sha256_from_hex(word)};
  using Kind = FileStates::Kind;
  for (const auto kind : {Kind::file, Kind::listing, Kind::full_listing})
    if (text[0] == static_cast<char>(kind)) input.kind = kind;
  if (text[0] != static_cast<char>(input.kind) || (!input.digest && word != absent_input))
    return std::nullopt;
  if (!input.path.starts_with("P/")) return std::nullopt;
  return input;
}

Json module_array(const binaries::GoModule& module) {
  return Json::array({module.path, module.version, module.sum});
}

binaries::GoModule module_from_array(const Json& json) {
  return {json.at(0).get<std::string>(), json.at(1).get<std::string>(), json.at(2).get<std::string>()};
}

Json to_json(const binaries::BuildInfo& info) {
  Json modules = Json::array();
  for (const auto& dependency : info.dependencies) {
    modules.push_back(Json::array({module_array(dependency.module)}));
    if (dependency.replacement) modules.back().push_back(module_array(*dependency.replacement));
  }
  Json json = {
      {"go", info.go_version}, {"path", info.path}, {"modules", modules}, {"settings", info.settings}};
  if (info.main_module) json["main"] = module_array(*info.main_module);
  return json;
}

binaries::BuildInfo build_info_from(const Json& json) {
  binaries::BuildInfo info;
  info.go_version = json.at("go").get<std::string>();
  info.path = json.at("path").get<std::string>();
  if (json.contains("main")) info.main_module = module_from_array(json.at("main"));
  for (const auto& one : json.at("modules")) {
    info.dependencies.push_back({module_from_array(one.at(0))});
    if (one.size() > 1) info.dependencies.back().replacement = module_from_array(one.at(1));
  }
  info.settings = json.at("settings").get<std::map<std::string, std::string>>();
  return info;
}

Json to_json(const OwnPackage& package) {
  Json inputs = Json::array();
  for (const auto& input : package.inputs) inputs.push_back(text_of(input));
  return {{"path", package.import_path}, {"importer", package.importer}, {"inputs", inputs}};
}

OwnPackage own_package_from(const Json& json) {
  OwnPackage package{json.at("path").get<std::string>(), json.at("importer").get<std::string>(), {}};
  for (const auto& text : json.at("inputs")) {
    auto input = input_from(text.get_ref<const std::string&>());
    if (!input)
      throw Error(ErrorKind::integrity, fmt::format("{} is no input", shown(text.get<std::string>())));
    package.inputs.push_back(std::move(*input));
  }
  return package;
}

Json to_json(const SharedProgram& program) {
  Json packages = Json::array();
  for (const auto& package : program.made_from.own) packages.push_back(to_json(package));
  Json json = {{"path", program.path},
               {"packages", packages},
               {"madeFrom", program.made_from.inputs.text()},
               {"digest", program.digest.text()},
               {"size", program.size},
               {"memoryLimit", program.memory_limit}};
  if (program.info) json["info"] = to_json(*program.info);
  return json;
}

std::uint64_t number_at(const Json& json, const char* field) {
  const auto& number = json.at(field);
  if (!number.is_number_unsigned())
    throw Error(ErrorKind::integrity, fmt::format("its {} is no number", field));
  return number.get<std::uint64_t>();
}

Digest digest_at(const Json& json, const char* field) {
  return Digest::parse(json.at(field).get<std::string>());
}

SharedProgram shared_program_from(const Json& json) {
  // One after the other: GCC 12 destroys the members of a nested aggregate twice when a later one throws.
  const auto made_from = digest_at(json, "madeFrom");
  const auto digest = digest_at(json, "digest");
  SharedProgram program{json.at("path").get<std::string>(), {made_from, {}}, digest};
  program.size = number_at(json, "size");
  for (const auto& package : json.at("packages")) program.made_from.own.push_back(own_package_from(package));
  const auto& own = program.made_from.own;
  if (std::all_of(own.begin(), own.end(), [](const OwnPackage& one) { return one.inputs.empty(); }))
    throw Error(ErrorKind::integrity, "a program was made from nothing");
  if (json.contains("info")) program.info = build_info_from(json.at("info"));
  program.memory_limit = json.at("memoryLimit").get<std::string>();
  if (std::find(memory_limits.begin(), memory_limits.end(), program.memory_limit) == memory_limits.end())
    throw Error(ErrorKind::integrity, fmt::format("{} sets no memory limit", shown(program.memory_limit)));
  return program;
}

Json to_json(const SharedLayer& layer) {
  return {{"key", layer.key.text()},
          {"descriptor", layers::to_json(layer.descriptor)},
          {"diffID", layer.diff_id.text()},
          {"uncompressedSize", layer.uncompressed_size}};
}

SharedLayer shared_layer_from(const Json& json) {
  return {digest_at(json, "key"), layers::parse_descriptor(json.at("descriptor"), "a layer"),
          digest_at(json, "diffID"), number_at(json, "uncompressedSize")};
}

SharedRecord record_from(const Json& json) {
  SharedRecord record{digest_at(json, "key")};
  const auto& programs = json.at("programs");
  const auto& layers = json.at("layers");
  const auto& values = json.at("values");
  if (programs.size() > most_programs || layers.size() > most_layers || values.size() > most_values)
    throw Error(ErrorKind::integrity, "more programs, layers or values than an image has");
  for (const auto& one : programs) record.programs.push_back(shared_program_from(one));
  for (const auto& one : layers) record.layers.push_back(shared_layer_from(one));
  for (const auto& one : values)
    record.values.push_back(
        {one.at("kind").get<std::string>(), digest_at(one, "key"), one.at("value").get<std::string>()});
  record.facts = json.at("facts").get<std::map<std::string, std::string>>();
  if (record.facts.size() > most_facts) throw Error(ErrorKind::integrity, "more facts than an image has");
  return record;
}

}  // namespace

std::optional<std::string> to_text(const SharedRecord& record) {
  Json programs = Json::array();
  Json layers = Json::array();
  Json values = Json::array();
  for (const auto& one : record.programs) programs.push_back(to_json(one));
  for (const auto& one : record.layers) layers.push_back(to_json(one));
  for (const auto& one : record.values)
    values.push_back({{"kind", one.kind}, {"key", one.key.text()}, {"value", one.value}});
  if (programs.size() > most_programs || layers.size() > most_layers || values.size() > most_values)
    return std::nullopt;
  try {
    auto text = canonical({{"version", shared_record_version},
                           {"key", record.key.text()},
                           {"programs", programs},
                           {"layers", layers},
                           {"values", values},
                           {"facts", record.facts}});
    return text.size() <= largest_shared_record ? std::optional(std::move(text)) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;  // a name that is not UTF-8
  }
}

SharedRecord shared_record_from(std::string_view text, std::string_view what) {
  JsonLimits limits;
  limits.bytes = largest_shared_record;
  limits.depth = 16;
  return in_context([&] { return std::string(what); },
                    [&] {
                      const auto json = parse_json(text, "the record", ErrorKind::integrity, limits);
                      try {
                        const auto written = number_at(json, "version");
                        if (written > shared_record_version)
                          throw Error(ErrorKind::unsupported,
                                      fmt::format("it is of version {}, and this whittle knows {}", written,
                                                  shared_record_version));
                        return record_from(json);
                      } catch (const Json::exception&) {
                        throw Error(ErrorKind::integrity, "it lacks a field, or has one of another kind");
                      }
                    });
}

}  // namespace whittle::builder
