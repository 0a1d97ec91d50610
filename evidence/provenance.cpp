#include "evidence/provenance.hpp"

#include <fmt/format.h>

#include <utility>

#include "evidence/subject_document.hpp"

namespace whittle::evidence {
namespace {

Json external_parameters(const BuildRecord& record) {
  Json platforms = Json::array();
  for (const auto& built : record.platforms) platforms.push_back(built.platform.text());
  Json json = {{"image", record.image}, {"platforms", platforms}, {"epoch", record.epoch}};
  if (!record.spec_file.empty())
    json["spec"] = {{"path", record.spec_file}, {"digest", {{"sha256", std::string(record.spec.hex())}}}};
  if (!record.folder.empty()) json["folder"] = record.folder;
  if (!record.main.empty()) json["main"] = record.main;
  if (!record.profile.empty()) json["profile"] = record.profile;
  if (!record.tags.empty()) json["tags"] = record.tags;
  return json;
}

Json internal_parameters(const BuildRecord& record) {
  Json settings = Json::object();
  for (const auto& built : record.platforms) settings[built.platform.text()] = built.settings;
  return {{"compressors", record.compressors},
          {"goVersion", record.go_version},
          {"lock", record.lock},
          {"settings", settings},
          {"values", record.values}};
}

Json source_dependency(const Sources& sources) {
  Json files = Json::object();
  for (const auto& [path, digest] : sources.files) files[path] = std::string(digest.hex());
  Json json = {{"name", "sources"},
               {"uri", "pkg:golang/" + sources.module},
               {"annotations",
                {{"files", files},
                 {"folder", sources.folder},
                 {"module", sources.module},
                 {"tree", sources.tree().text()}}}};
  if (sources.revision) json["digest"] = {{"gitCommit", *sources.revision}};
  return json;
}

Json to_json(const Material& material) {
  Json json = {{"uri", material.uri}, {"digest", material.digests}};
  if (!material.name.empty()) json["name"] = material.name;
  return json;
}

// The root comes first. The only manifest of an image is both root and platform.
std::vector<Subject> subjects_of(const BuildRecord& record) {
  if (record.platforms.size() == 1 && record.platforms.front().manifest.digest == record.root.digest)
    return {subject_of(record.image, record.platforms.front().manifest)};
  std::vector<Subject> subjects = {subject_of(record.image, record.root)};
  for (const auto& built : record.platforms) subjects.push_back(subject_of(record.image, built.manifest));
  return subjects;
}

}  // namespace

Statement provenance_of(const BuildRecord& record) {
  Json dependencies = Json::array({source_dependency(record.sources)});
  for (const auto& material : record.materials) dependencies.push_back(to_json(material));
  Json predicate = {
      {"buildDefinition",
       {{"buildType", std::string(build_type)},
        {"externalParameters", external_parameters(record)},
        {"internalParameters", internal_parameters(record)},
        {"resolvedDependencies", dependencies}}},
      {"runDetails",
       {{"builder", {{"id", std::string(builder_id)}, {"version", {{"whittle", record.builder_version}}}}}}}};
  return {subjects_of(record), std::string(provenance_type), std::move(predicate)};
}

}  // namespace whittle::evidence
