#include "builder/image_records.hpp"

#include <fmt/format.h>

#include <set>

#include "builder/requirements.hpp"
#include "builder/settled_lock.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

void add_sources(const fs::path& folder, const FileSpec& file, std::set<fs::path>& sources) {
  const fs::path from = (folder / file.from).lexically_normal();
  std::error_code ignored;
  if (!fs::is_directory(from, ignored)) {
    sources.insert(from);
    return;
  }
  for (auto entry = fs::recursive_directory_iterator(from, ignored);
       entry != fs::recursive_directory_iterator(); entry.increment(ignored))
    if (entry->is_regular_file(ignored)) sources.insert(entry->path());
}

}  // namespace

std::vector<std::size_t> ImageRecords::requests_of(const ImageSpec& spec) const {
  std::vector<std::size_t> requests;
  for (const auto* target : parts_.plan.targets_of(spec))
    for (std::size_t i = 0; i < spec.binaries.size(); ++i) requests.push_back(target->first_request + i);
  return requests;
}

std::map<std::string, std::string> ImageRecords::annotations_of(const ImageSpec& spec) {
  const auto& build = parts_.build;
  auto annotations = expanded(spec.annotations, build.named, spec.where);
  annotations.emplace("org.opencontainers.image.created", timestamp(build.options.epoch));
  KeyHasher inputs;
  inputs.add(parts_.plan.files.at(spec.name).digest().text());
  std::set<fs::path> sources;
  for (const auto request : requests_of(spec)) {
    const auto& main = parts_.plan.requests[request].main;
    if (const auto source = source_of_module(module_path(main.module)))
      annotations.emplace("org.opencontainers.image.source", *source);
    const auto& from = parts_.plan.made_from.at(request);
    inputs.add(from.inputs.text());
    sources.merge(from.own_files(main));
  }
  for (const auto& file : spec.files) add_sources(build.spec.folder, file, sources);
  const auto revision = build.values.revision_of(spec.name, inputs.finish(), sources);
  if (revision) annotations.emplace("org.opencontainers.image.revision", *revision);
  revisions_.insert_or_assign(spec.name, revision);
  return annotations;
}

std::vector<Evidence> ImageRecords::evidence_of(const ImageSpec& spec, const BuildResult& result,
                                                BuiltImage& image) {
  RecordedImage recorded{spec, record_of(spec, result), {}};
  for (const auto* target : parts_.plan.targets_of(spec)) {
    const auto& manifest = result.platforms[recorded.targets.size()].image.manifest;
    recorded.targets.push_back({target->plan.platform, manifest, target->plan.base, &target->plan.files,
                                target->programs, target->split, target->inlining});
  }
  return in_context([&] { return fmt::format("recording what {} was made from", spec.name); },
                    [&] { return recording_.evidence_of(recorded, image); });
}

evidence::BuildRecord ImageRecords::record_of(const ImageSpec& spec, const BuildResult& result) {
  const auto& build = parts_.build;
  evidence::BuildRecord record{.builder_version = build.options.record.version, .image = spec.name};
  const OwnSources own = own_sources_of(spec);
  record.sources = own.record();
  record.folder = own.relative(build.spec.folder);
  if (!build.spec.file.empty()) {
    record.spec_file = own.relative(spec_file());
    record.spec = build.spec.digest;
  }
  if (spec.where.line == 0) record.main = spec.binaries.front().main;
  record.sources.module = module_path(parts_.plan.requests[requests_of(spec).front()].main.module);
  if (const auto tree = build.values.work_tree(); tree && revisions_.at(spec.name))
    place_in_commit(spec, own, *tree, record.sources);
  if (build.options.profile) record.profile = name_of(*build.options.profile);
  record.tags = build.options.tags;
  record.epoch = build.options.epoch;
  record.values = values_in(spec);
  record.lock = to_json(parts_.lock);
  record.go_version = parts_.lock.go->version;
  record.compressors.emplace(compressor_name(spec.compression),
                             parts_.assembler.identity_of(spec.compression));
  record.root = {result.root.media_type, result.root.digest, result.root.size};
  return record;
}

fs::path ImageRecords::spec_file() const {
  return (parts_.build.host.working_directory / parts_.build.spec.file).lexically_normal();
}

OwnSources ImageRecords::own_sources_of(const ImageSpec& spec) {
  const auto& build = parts_.build;
  OwnSources own(build.spec.folder);
  const auto add = [&](const fs::path& file) {
    if (const auto digest = build.states.file(file.native())) own.add(file, *digest);
  };
  std::vector<GoMain> mains;
  for (const auto request : requests_of(spec)) {
    const auto& main = mains.emplace_back(parts_.plan.requests[request].main);
    for (const auto& file : parts_.plan.made_from.at(request).own_files(main)) add(file);
  }
  for (const auto& [file, digest] : parts_.plan.taken.at(spec.name)) own.add(file, digest);
  if (!spec.files.empty())
    for (const auto* ignore : {".dockerignore", ".whittleignore"}) add(build.spec.folder / ignore);
  if (!build.spec.file.empty()) own.add(spec_file(), build.spec.digest);
  add(build.host.working_directory / lock_file_of(build.spec, mains));
  return own;
}

// The revision counts when the whole of the project, the spec included, is as committed there. The lock is in
// the record.
void ImageRecords::place_in_commit(const ImageSpec& spec, const OwnSources& own, const fs::path& tree,
                                   evidence::Sources& sources) {
  const auto& build = parts_.build;
  std::error_code unresolved;
  const auto top = fs::canonical(tree, unresolved);
  if (unresolved || !own.are_below(top)) return;
  if (!build.spec.file.empty() &&
      !build.values.is_committed(tree / spec_file().lexically_relative(tree), build.spec.digest))
    return;
  sources.revision = revisions_.at(spec.name);
  sources.folder = own.root() == top ? std::string() : as_utf8(own.root().lexically_relative(top).native());
}

// Those that the image's bytes depend on.
std::map<std::string, std::string> ImageRecords::values_in(const ImageSpec& spec) const {
  std::map<std::string, std::string> used;
  const NamedValues noting = [&](std::string_view name) {
    auto value = parts_.build.named(name);
    if (value) used.emplace(name, as_utf8(*value));
    return value;
  };
  static_cast<void>(expanded(spec.labels, noting, spec.where));
  static_cast<void>(expanded(spec.annotations, noting, spec.where));
  for (const auto& binary : spec.binaries) static_cast<void>(expanded(binary.ldflags, noting, binary.where));
  return used;
}

}  // namespace whittle::builder
