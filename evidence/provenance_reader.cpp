// Reads a record back from a provenance that anybody may have written.
#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/text.hpp"
#include "evidence/provenance.hpp"
#include "evidence/subject_document.hpp"
#include "evidence/unverified_json.hpp"
#include "layers/json_fields.hpp"

namespace whittle::evidence {
namespace {

using layers::JsonFields;

// A path below the root, as it is written there and no other way.
void check_path(std::string_view path, std::string_view where) {
  if (path.find('\0') != std::string_view::npos || path.size() > 4096 || !is_utf8(path))
    throw unverified(where, fmt::format("has {}, which is no path", shown(path)));
  for (std::string_view rest = path;;) {
    const auto component = rest.substr(0, rest.find('/'));
    if (component.empty() || component == "." || component == "..")
      throw unverified(where, fmt::format("has {}, which is no path inside the sources", shown(path)));
    if (component.size() == rest.size()) return;
    rest.remove_prefix(component.size() + 1);
  }
}

bool consists_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

constexpr std::string_view hex_digits = "0123456789abcdef";

std::string relative_path(const JsonFields& fields, std::string_view name) {
  auto path = fields.text(name);
  if (!path.empty()) check_path(path, fields.where(name));
  return path;
}

// Text for people and for commands: never an option, never more than a line.
std::string word(const JsonFields& fields, std::string_view name) {
  auto text = fields.text(name);
  if (text.starts_with('-') || text.size() > 4096 || escaped(text, false, 8192) != text)
    throw unverified(fields.where(name), fmt::format("is {}", shown(text)));
  return text;
}

std::string required_word(const JsonFields& fields, std::string_view name) {
  auto text = word(fields, name);
  if (text.empty()) throw unverified(fields.where(name), "is missing");
  return text;
}

Digest sha256_in(const JsonFields& digests) {
  return Digest::parse("sha256:" + digests.required_text("sha256"));
}

void read_subjects(const Statement& statement, std::string_view what, BuildRecord& record) {
  for (const auto& subject : statement.subjects) {
    const auto document = document_of(subject, what);
    if (&subject == &statement.subjects.front()) {
      record.root = document;
      record.root.platform.reset();
    }
    if (document.platform) record.platforms.push_back({*document.platform, document});
  }
  if (record.platforms.empty()) throw unverified(what, "is about no platform");
}

void read_external(const JsonFields& fields, BuildRecord& record) {
  record.image = required_word(fields, "image");
  record.main = word(fields, "main");
  record.folder = relative_path(fields, "folder");
  record.profile = word(fields, "profile");
  record.epoch = static_cast<std::int64_t>(fields.required_size("epoch"));
  record.tags = fields.texts("tags");
  if (const Json* spec = fields.object("spec")) {
    const JsonFields of_spec(*spec, fields.where("spec"));
    record.spec_file = relative_path(of_spec, "path");
    record.spec = sha256_in(object_in(of_spec, "digest"));
  }
  if (record.spec_file.empty() && record.main.empty())
    throw unverified(fields.where("spec"), "is missing, and so is `main`");
  std::vector<std::string> platforms;
  for (const auto& built : record.platforms) platforms.push_back(built.platform.text());
  if (fields.texts("platforms") != platforms)
    throw unverified(fields.where("platforms"), "are not those of the subjects");
}

void read_internal(const JsonFields& fields, BuildRecord& record) {
  record.go_version = fields.required_text("goVersion");
  if (!consists_of(record.go_version, "0123456789.abcdefghijklmnopqrstuvwxyz-") ||
      record.go_version.front() < '1' || record.go_version.front() > '9')
    throw unverified(fields.where("goVersion"), fmt::format("is {}", shown(record.go_version)));
  record.compressors = fields.text_map("compressors");
  record.values = fields.text_map("values");
  const Json* lock = fields.object("lock");
  if (lock == nullptr) throw unverified(fields.where("lock"), "is missing");
  record.lock = *lock;
  const auto settings = object_in(fields, "settings");
  for (auto& built : record.platforms) built.settings = settings.text_map(built.platform.text());
}

void read_files(const JsonFields& annotations, Sources& sources) {
  const auto where = annotations.where("files");
  for (const auto& [path, hex] : annotations.text_map("files")) {
    check_path(path, where);
    const auto text = "sha256:" + hex;
    sources.files.emplace(path, in_context([&] { return where; }, [&] { return Digest::parse(text); }));
  }
  if (sources.files.empty()) throw unverified(where, "are missing");
  if (annotations.text("tree") != sources.tree().text())
    throw unverified(annotations.where("tree"), "is not that of the files");
}

Sources read_sources(const JsonFields& fields) {
  Sources sources;
  const auto annotations = object_in(fields, "annotations");
  sources.module = word(annotations, "module");
  sources.folder = relative_path(annotations, "folder");
  read_files(annotations, sources);
  if (const Json* digests = fields.object("digest")) {
    const auto revision = JsonFields(*digests, fields.where("digest")).text("gitCommit");
    if ((revision.size() != 40 && revision.size() != 64) || !consists_of(revision, hex_digits))
      throw unverified(fields.where("digest"), fmt::format("names {}, which is no commit", shown(revision)));
    sources.revision = revision;
  }
  return sources;
}

Material read_material(const JsonFields& fields) {
  Material material{required_word(fields, "uri"), word(fields, "name"), fields.text_map("digest")};
  for (const auto& [algorithm, hex] : material.digests)
    if (hex.empty() || !consists_of(hex, hex_digits))
      throw unverified(fields.where("digest"), fmt::format("has {}", shown(hex)));
  return material;
}

void read_dependencies(const JsonFields& definition, BuildRecord& record) {
  bool found = false;
  const Json* dependencies = definition.array("resolvedDependencies");
  const auto where = definition.where("resolvedDependencies");
  if (dependencies == nullptr) throw unverified(where, "are missing");
  for (const auto& dependency : *dependencies) {
    const JsonFields fields(dependency, where);
    if (fields.text("name") != "sources") {
      record.materials.push_back(read_material(fields));
      continue;
    }
    if (std::exchange(found, true)) throw unverified(where, "has the sources twice");
    record.sources = read_sources(fields);
  }
  if (!found) throw unverified(where, "lacks the sources");
}

}  // namespace

BuildRecord record_of(const Statement& statement, std::string_view what) {
  if (statement.predicate_type != provenance_type)
    throw Error(ErrorKind::unsupported, fmt::format("{} is of type {}, not {}", what,
                                                    shown(statement.predicate_type), provenance_type));
  const JsonFields predicate(statement.predicate, std::string(what));
  const auto definition = object_in(predicate, "buildDefinition");
  if (const auto type = definition.text("buildType"); type != build_type)
    throw Error(ErrorKind::unsupported, fmt::format("{} is about a build of type {}, this whittle knows {}",
                                                    what, shown(type), build_type));
  BuildRecord record{};
  read_subjects(statement, what, record);
  read_external(object_in(definition, "externalParameters"), record);
  read_internal(object_in(definition, "internalParameters"), record);
  read_dependencies(definition, record);
  const auto builder = object_in(object_in(predicate, "runDetails"), "builder");
  record.builder_version = word(object_in(builder, "version"), "whittle");
  return record;
}

}  // namespace whittle::evidence
