#include "builder/recording.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "binaries/build_info.hpp"
#include "binaries/elf.hpp"
#include "builder/cgo.hpp"
#include "builder/compile.hpp"
#include "builder/requirements.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "evidence/attached_lines.hpp"
#include "evidence/materials.hpp"
#include "evidence/provenance.hpp"
#include "evidence/split_lines.hpp"
#include "layers/manifest.hpp"

namespace whittle::builder {
namespace {

constexpr std::string_view catalogue_version = "catalogue 1";  // of what is read of a base's layers
constexpr std::string_view sbom_version = "sbom 1";
constexpr unsigned uploads_at_once = 4;

// What a program's own record says of how it was built: these settings and no other, since a later Go may
// write more.
constexpr std::array<std::string_view, 16> kept_settings = {
    "-buildmode",     "-compiler", "-ldflags", "-tags",    "-trimpath", "CGO_ENABLED",
    "DefaultGODEBUG", "GO386",     "GOAMD64",  "GOARCH",   "GOARM",     "GOARM64",
    "GOEXPERIMENT",   "GOFIPS140", "GOOS",     "GORISCV64"};

void add_program_settings(const std::string& path, const binaries::BuildInfo& info,
                          evidence::RecordedPlatform& platform) {
  for (const auto& [name, value] : info.settings)
    if (std::find(kept_settings.begin(), kept_settings.end(), name) != kept_settings.end())
      platform.settings.emplace(fmt::format("/{}: {}", as_utf8(path), name), as_utf8(value));
}

// Go leaves the linker's flags out of the record where paths are trimmed; the spec has them, not expanded.
void add_linker_flags(const std::string& path, const ImageSpec& spec, evidence::RecordedPlatform& platform) {
  for (const auto& binary : spec.binaries)
    if (binary.path == "/" + path && !binary.ldflags.empty())
      platform.settings.emplace(fmt::format("/{}: -ldflags", as_utf8(path)),
                                as_utf8(fmt::format("{}", fmt::join(binary.ldflags, " "))));
}

// Go's record leaves them out as well, and never has the compiler.
void add_cgo(const std::string& path, const ImageSpec& spec, const Lock& lock,
             evidence::RecordedPlatform& platform, std::set<evidence::Material>& materials) {
  for (const auto& binary : spec.binaries) {
    if (binary.path != "/" + path || binary.cgo == Cgo::off) continue;
    const auto key = CompilerWish{platform.platform, false, binary.cgo}.name();
    const auto& compiler = lock.c_compilers.at(key);
    const auto add = [&](std::string_view name, std::string value) {
      platform.settings.emplace(fmt::format("/{}: {}", as_utf8(path), name), std::move(value));
    };
    add("cgo", std::string(name_of(binary.cgo)));
    add("CC", compiler.text());
    add("CGO_CFLAGS", fmt::format("{}", fmt::join(c_flags(binary.profile), " ")));
    add("-extldflags", fmt::format("{}", fmt::join(c_linker_flags(binary.profile), " ")));
    materials.insert(evidence::compiler_material(compiler.text(), platform.platform.text(), compiler.digest));
  }
}

Evidence evidence_for(std::string what, const evidence::Statement& statement,
                      const layers::Descriptor& subject) {
  return {std::move(what), subject, statement.predicate_type,
          evidence::attachment_of(evidence::write_statement(statement), statement.predicate_type, subject)};
}

}  // namespace

std::vector<Evidence> Recording::evidence_of(const RecordedImage& image, registry::ImageSource& source) {
  std::vector<Evidence> evidence;
  if (options_.provenance) evidence.push_back(provenance_of(image));
  if (options_.sbom)
    for (const auto& target : image.targets) evidence.push_back(sbom_of(image, target, source));
  for (const auto& target : image.targets)
    for (const auto& program : target.programs)
      if (target.split.contains(program.path)) evidence.push_back(lines_of(target, program));
  return evidence;
}

// Without these no trace of the program can be understood: they are there whatever else is not wanted.
Evidence Recording::lines_of(const RecordedTarget& target, const evidence::OwnProgram& program) {
  auto lines = cached_lines(cache_, program.digest);
  if (!lines)
    throw Error(ErrorKind::conflict,
                fmt::format("the line tables of {} are not in the cache any more", shown(program.path)))
        .hint("something else removes files there; run the command again");
  const auto& manifest = target.manifest;
  const layers::Descriptor subject{manifest.media_type, manifest.digest, manifest.size, target.platform};
  const auto annotations = evidence::annotations_of_lines("/" + as_utf8(program.path), program.digest);
  return {"lines",
          subject,
          {},
          evidence::attachment_of(std::move(*lines), evidence::split_lines_type, annotations, subject)};
}

Evidence Recording::provenance_of(const RecordedImage& image) {
  auto record = image.record;
  for (const auto& target : image.targets) {
    const auto& manifest = target.manifest;
    record.platforms.push_back(
        {target.platform, {manifest.media_type, manifest.digest, manifest.size, target.platform}});
  }
  add_materials(image, record);
  return evidence_for("provenance", evidence::provenance_of(record), record.root);
}

void Recording::add_materials(const RecordedImage& image, evidence::BuildRecord& record) {
  std::set<evidence::Material> materials;
  for (const auto& [platform, hash] : lock_.go->toolchains)
    materials.insert(evidence::toolchain_material(lock_.go->version, platform, hash));
  for (std::size_t i = 0; i < image.targets.size(); ++i) {
    const auto& target = image.targets[i];
    for (const auto& program : target.programs) {
      const auto info = evidence::build_info_of(program);
      if (!info) continue;
      add_program_settings(program.path, *info, record.platforms[i]);
      add_linker_flags(program.path, image.spec, record.platforms[i]);
      add_cgo(program.path, image.spec, lock_, record.platforms[i], materials);
      if (target.split.contains(program.path))
        record.platforms[i].settings.emplace(fmt::format("/{}: lines", as_utf8(program.path)), "split");
      // Of several, Go's own record has the last.
      if (const auto flags = target.inlining.find(program.path); flags != target.inlining.end())
        record.platforms[i].settings.emplace(fmt::format("/{}: -gcflags", as_utf8(program.path)),
                                             fmt::format("{}", fmt::join(flags->second, " ")));
      for (const auto& dependency : info->dependencies)
        if (auto material = evidence::material_of(dependency)) materials.insert(std::move(*material));
    }
    const auto sets = package_sets_of(image.spec);
    for (const auto& set : sets)
      for (const auto& key : lock_.sets.at(set.name()).at(debian_word(target.platform)))
        materials.insert(evidence::material_of(lock_.packages.at(key).package));
    if (target.base != nullptr && sets.empty())
      materials.insert(evidence::base_material(target.base->name, target.base->manifest_descriptor.digest));
  }
  record.materials.assign(materials.begin(), materials.end());
}

// An image that is known by its manifest is not looked into again.
Evidence Recording::sbom_of(const RecordedImage& image, const RecordedTarget& target,
                            registry::ImageSource& source) {
  const auto predicate_type = std::string(evidence::sbom_predicate_type(*options_.sbom));
  layers::Descriptor manifest{target.manifest.media_type, target.manifest.digest, target.manifest.size,
                              target.platform};
  const auto key = KeyHasher()
                       .add(sbom_version)
                       .add(options_.version)
                       .add(predicate_type)
                       .add(image.spec.name)
                       .add(target.platform.text())
                       .add(manifest.digest.text())
                       .add(static_cast<std::uint64_t>(image.record.epoch))
                       .finish();
  if (auto known = cache_.get("sbom", key))
    return {"sbom", manifest, predicate_type,
            evidence::attachment_of(std::move(*known), predicate_type, manifest)};
  const auto what = fmt::format("the manifest for {}", target.platform.text());
  const auto parsed = layers::parse_manifest(source.manifest(manifest), what);
  auto catalogue = catalogue_of(target, parsed, source);
  evidence::add_base_image(parsed.annotations, catalogue);
  for (const auto& warning : catalogue.warnings)
    reporter_.warn(fmt::format("{}: {}", image.spec.name, warning));
  const evidence::SbomSubject subject{image.spec.name, manifest, image.record.epoch, options_.version};
  auto evidence =
      evidence_for("sbom", evidence::sbom_statement(*options_.sbom, subject, catalogue), manifest);
  cache_.put("sbom", key, evidence.attachment.content);
  return evidence;
}

evidence::Catalogue Recording::catalogue_of(const RecordedTarget& target, const layers::Manifest& manifest,
                                            registry::ImageSource& source) {
  const auto below = target.base == nullptr ? evidence::Catalogue{} : catalogue_of(*target.base);
  if (auto catalogue = evidence::laid_over(below, *target.files, target.programs, cache_.temporary()))
    return std::move(*catalogue);
  reporter_.verbose(fmt::format("{}: its own files change what its base says of itself; all layers are read",
                                target.platform.text()));
  return evidence::read_catalogue(source, manifest, {cache_.temporary(), limits_, stop_, {}});
}

evidence::Catalogue Recording::catalogue_of(const BaseImage& base) {
  const auto& digest = base.manifest_descriptor.digest;
  if (const auto found = bases_.find(digest); found != bases_.end()) return found->second;
  const auto key = catalogue_key(base, options_.version);
  auto catalogue = std::optional<evidence::Catalogue>();
  if (const auto text = cache_.get("catalogue", key)) catalogue = evidence::catalogue_from_text(*text);
  if (!catalogue) {
    catalogue = in_context(
        [&] { return fmt::format("reading what is in the base {}", escaped(base.name, false, 1000)); },
        [&] {
          return evidence::read_catalogue(*base.source, base.manifest,
                                          {cache_.temporary(), limits_, stop_, {}});
        });
    cache_.put("catalogue", key, evidence::to_text(*catalogue));
  }
  return bases_.emplace(digest, std::move(*catalogue)).first->second;
}

Digest catalogue_key(const BaseImage& base, std::string_view version) {
  return KeyHasher().add(catalogue_version).add(version).add(base.manifest_descriptor.digest.text()).finish();
}

bool keeps_evidence(registry::Place::Kind kind) {
  using Kind = registry::Place::Kind;
  return kind == Kind::registry || kind == Kind::layout || kind == Kind::store;
}

namespace {

// What carries no predicate is no statement: nothing of it is signed.
bool is_signed(const Evidence& one, const RecordOptions& options) {
  return options.signer != nullptr && !one.predicate_type.empty();
}

std::string_view another_way(const Evidence& one) {
  return one.predicate_type.empty() ? "with `lines: keep` its programs keep their line tables"
                                    : "`--no-provenance --sbom none` attaches nothing to it";
}

// A registry may take images and nothing that refers to them (hostile.md, 252).
void attach_unsigned(const std::vector<const Evidence*>& evidence, const evidence::EvidenceTarget& target) {
  std::vector<layers::Document> manifests;
  for (const auto* one : evidence) manifests.push_back(one->attachment.manifest);
  const auto there = target.destination.listed(manifests);
  parallel_for(evidence.size(), uploads_at_once, target.stop, [&](std::size_t i) {
    const auto& one = *evidence[i];
    if (there.contains(one.attachment.manifest.digest)) return;
    try {
      evidence::attach(one.attachment, target.destination);
    } catch (Error& error) {
      if (error.kind() == ErrorKind::unsupported || error.kind() == ErrorKind::limit)
        error.hint(fmt::format("the image itself is there; {}", another_way(one)));
      error.context(fmt::format("attaching the {} of {}", one.what, one.subject.digest.text()));
      throw;
    }
  });
}

}  // namespace

void attach_evidence(const std::vector<Evidence>& evidence, const RecordOptions& options,
                     const evidence::EvidenceTarget& target) {
  std::vector<const Evidence*> as_they_are;
  for (const auto& one : evidence)
    if (!is_signed(one, options)) as_they_are.push_back(&one);
  attach_unsigned(as_they_are, target);
  for (const auto& one : evidence) {  // those under one tag would meet there: one after the other
    if (!is_signed(one, options)) continue;
    throw_if_stopped(target.stop);
    in_context([&] { return fmt::format("attaching the {} of {}", one.what, one.subject.digest.text()); },
               [&] {
                 evidence::attach_statement(target, one.subject, one.attachment.content, one.predicate_type,
                                            options.signer, options.form);
               });
  }
}

}  // namespace whittle::builder
