#include "evidence/slim_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/text.hpp"
#include "evidence/materials.hpp"
#include "evidence/provenance.hpp"
#include "evidence/subject_document.hpp"
#include "evidence/unverified_json.hpp"
#include "layers/json_fields.hpp"

namespace whittle::evidence {
namespace {

using layers::JsonFields;

constexpr std::array<std::string_view, 8> slim_options = {
    "closure", "compression", "keep", "keep-layers", "level", "platform", "recompress", "without"};
constexpr std::size_t longest_value = 4'096;
constexpr std::size_t most_values = 1'000;

// The root comes first. The only manifest of an image is both root and platform.
std::vector<Subject> subjects_of(const SlimRecord& record) {
  std::vector<Subject> subjects;
  const bool is_index = record.platforms.size() != 1 || record.platforms.front().digest != record.root.digest;
  if (is_index) subjects.push_back(subject_of(record.name, record.root));
  for (const auto& manifest : record.platforms) subjects.push_back(subject_of(record.name, manifest));
  return subjects;
}

void read_subjects(const Statement& statement, std::string_view what, SlimRecord& record) {
  for (const auto& subject : statement.subjects) {
    const auto document = document_of(subject, what);
    if (&subject == &statement.subjects.front()) record.root = document;
    if (document.platform) record.platforms.push_back(document);
  }
  record.root.platform.reset();
}

void read_options(const JsonFields& fields, SlimRecord& record) {
  const Json* options = fields.object("options");
  if (options == nullptr) throw unverified(fields.where("options"), "are missing");
  const JsonFields values(*options, fields.where("options"));
  for (const auto& [name, value] : options->items()) {
    if (!is_slim_option(name)) throw unverified(fields.where("options"), fmt::format("has {}", shown(name)));
    auto texts = values.texts(name);
    if (texts.size() > most_values) throw unverified(values.where(name), "has too many values");
    for (const auto& text : texts)
      if (text.size() > longest_value || !is_utf8(text))
        throw unverified(values.where(name), fmt::format("is {}", shown(text)));
    record.options.emplace(name, std::move(texts));
  }
}

void read_source(const JsonFields& definition, SlimRecord& record) {
  const auto where = definition.where("resolvedDependencies");
  const Json* dependencies = definition.array("resolvedDependencies");
  if (dependencies == nullptr || dependencies->size() != 1) throw unverified(where, "are not one image");
  const JsonFields image(dependencies->front(), where);
  record.from.media_type = image.required_text("mediaType");
  record.from.digest = Digest::parse("sha256:" + object_in(image, "digest").required_text("sha256"));
  record.from.size = object_in(image, "annotations").required_size("size");
}

}  // namespace

bool is_slim_option(std::string_view name) {
  return std::find(slim_options.begin(), slim_options.end(), name) != slim_options.end();
}

Statement provenance_of(const SlimRecord& record) {
  Json from = {{"uri", base_material(record.name, record.from.digest).uri},
               {"name", record.name.empty() ? std::string("image") : fmt::format("image {}", record.name)},
               {"digest", {{"sha256", std::string(record.from.digest.hex())}}},
               {"mediaType", record.from.media_type},
               {"annotations", {{"size", record.from.size}}}};
  Json external = {{"image", record.name}, {"options", Json::object()}};
  for (const auto& [name, values] : record.options) external["options"][name] = values;
  Json predicate = {
      {"buildDefinition",
       {{"buildType", std::string(slim_build_type)},
        {"externalParameters", external},
        {"internalParameters", Json::object()},
        {"resolvedDependencies", Json::array({from})}}},
      {"runDetails",
       {{"builder", {{"id", std::string(builder_id)}, {"version", {{"whittle", record.builder_version}}}}}}}};
  return {subjects_of(record), std::string(provenance_type), std::move(predicate)};
}

bool is_slim_provenance(const Statement& statement) {
  if (statement.predicate_type != provenance_type) return false;
  const auto definition = statement.predicate.find("buildDefinition");
  if (definition == statement.predicate.end() || !definition->is_object()) return false;
  const auto type = definition->find("buildType");
  return type != definition->end() && *type == slim_build_type;
}

SlimRecord slim_record_of(const Statement& statement, std::string_view what) {
  const JsonFields predicate(statement.predicate, std::string(what));
  const auto definition = object_in(predicate, "buildDefinition");
  SlimRecord record;
  read_subjects(statement, what, record);
  const auto external = object_in(definition, "externalParameters");
  record.name = external.text("image");
  if (record.name.size() > longest_value) throw unverified(external.where("image"), "is too long");
  read_options(external, record);
  read_source(definition, record);
  const auto builder = object_in(object_in(predicate, "runDetails"), "builder");
  record.builder_version = object_in(builder, "version").required_text("whittle");
  return record;
}

}  // namespace whittle::evidence
