// whittle build: images of a spec, or a Go package without one.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>

#include "builder/build.hpp"
#include "builder/finished_image.hpp"
#include "builder/go_environment.hpp"
#include "cli/commands.hpp"
#include "cli/key_flags.hpp"
#include "cli/page_file.hpp"
#include "cli/session.hpp"
#include "cli/version.hpp"
#include "cli/wanted_images.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "optimizer/size_check.hpp"
#include "optimizer/size_markdown.hpp"

namespace whittle::cli {
namespace fs = std::filesystem;
namespace {

struct BuildFlags {
  WantedImages images;
  std::vector<std::string> outputs;
  bool push = false;
  std::vector<std::string> tags;
  std::vector<std::string> platforms;
  std::string profile;
  std::string result;
  std::string report;
  std::string against;
  bool ignore_limits = false;
  std::string sbom = "spdx";
  bool no_provenance = false;
  std::string cache;
  std::string cache_trust;
  bool cache_write = false;
  LockFlags lock;
  KeyFlags key;  // to sign with
};

std::optional<evidence::SbomFormat> sbom_format(std::string_view name) {
  if (name == "none") return std::nullopt;
  return name == "cyclonedx" ? evidence::SbomFormat::cyclonedx : evidence::SbomFormat::spdx;
}

builder::BuildOptions options_of(const BuildFlags& flags, Session& session) {
  builder::BuildOptions options;
  for (const auto& output : flags.outputs) options.outputs.push_back(registry::Place::parse(output));
  options.push = flags.push;
  options.push_prefix = session.host().variable("WHITTLE_PUSH").value_or("");
  options.tags = flags.tags;
  for (const auto& platform : flags.platforms) options.platforms.push_back(layers::Platform::parse(platform));
  options.profile = builder::profile_named(flags.profile);
  options.epoch = session.epoch();
  options.jobs = session.jobs();
  options.host_platform = host_platform();
  options.locked = is_locked(flags.lock, session.host());
  options.offline = flags.lock.offline;
  options.now = wall_clock();
  options.limits = session.limits();
  options.record.version = std::string(version);
  options.record.provenance = !flags.no_provenance;
  options.record.sbom = sbom_format(flags.sbom);
  return options;
}

// What flags say of the shared cache, else the spec; that it is written to is for a flag alone, since whoever
// may send a change may change the spec.
std::optional<builder::SharedCacheOptions> cache_of(const BuildFlags& flags, const builder::Spec& spec,
                                                    evidence::Signer* signer, Session& session) {
  const auto& place = flags.cache.empty() ? spec.cache.place : flags.cache;
  if (place.empty() || place == "none") {
    if (flags.cache_write || !flags.cache_trust.empty())
      throw Error(ErrorKind::usage, "no shared cache is named")
          .hint("add --cache PLACE, or `cache:` to the spec");
    return std::nullopt;
  }
  builder::SharedCacheOptions options{registry::Place::parse(place), flags.cache_write};
  using Kind = registry::Place::Kind;
  const auto& at = options.place;
  if ((at.kind != Kind::registry && at.kind != Kind::layout) || at.digest || !at.tag.empty())
    throw Error(ErrorKind::usage, fmt::format("{} cannot be a shared cache", shown(place)))
        .hint("name a repository of a registry, or a layout oci:DIR, without a tag");
  KeyFlags key;
  key.key = flags.cache_trust;
  if (key.key.empty() && !spec.cache.trust.empty()) {
    key.key = spec.cache.trust;
    const auto source = evidence::KeySource::parse(key.key);
    if (source.kind == evidence::KeySource::Kind::file) key.key = (spec.folder / source.name).native();
  }
  if (!key.key.empty()) options.trust = public_key_of(key, session);
  if (options.write && options.trust && signer == nullptr)
    throw Error(ErrorKind::usage, "records of this shared cache have to be signed").hint("add --sign KEY");
  options.signer = signer;
  return options;
}

Json to_json(const builder::BuildResult& result) {
  Json places = Json::array();
  for (const auto& place : result.places) places.push_back(as_utf8(place));
  Json platforms = Json::array();
  for (const auto& built : result.platforms) {
    Json own = Json::array();
    for (const auto& layer : built.image.layers)
      own.push_back({{"what", layer.what},
                     {"digest", layer.layer.descriptor.digest.text()},
                     {"diffID", layer.layer.diff_id.text()},
                     {"size", layer.layer.descriptor.size},
                     {"uncompressedSize", layer.layer.uncompressed_size},
                     {"written", layer.written}});
    platforms.push_back({{"platform", built.platform.text()},
                         {"manifest", built.image.manifest.digest.text()},
                         {"size", built.image.size},
                         {"layers", own}});
  }
  Json attached = Json::array();
  for (const auto& one : result.attached)
    attached.push_back(
        {{"what", one.what}, {"subject", one.subject.text()}, {"manifest", one.manifest.text()}});
  return {{"name", result.image},
          {"digest", result.root.digest.text()},
          {"mediaType", result.root.media_type},
          {"platforms", platforms},
          {"places", places},
          {"attached", attached},
          {"compiled", result.compiled},
          {"shared", result.shared}};
}

// A place of the result, by the digest that was just delivered (hostile 245).
void sign_results(const std::vector<builder::BuildResult>& results, evidence::Signer& signer,
                  const BuildFlags& flags, Session& session) {
  for (const auto& result : results)
    for (const auto& place : result.places)
      sign_place(registry::Place::parse(place), signer, form_of(flags.key), false, session);
}

bool asks_for_sizes(const builder::Spec& spec, const BuildFlags& flags) {
  const auto has_limits = [](const builder::ImageSpec& image) { return !image.limits.empty(); };
  return !flags.report.empty() ||
         (!flags.ignore_limits && std::any_of(spec.images.begin(), spec.images.end(), has_limits));
}

// Reads and writes nothing but the report, so that it may stand in the way of an image that is too large.
void check_sizes(const std::vector<builder::FinishedImage>& images, const BuildFlags& flags,
                 const std::optional<registry::Place>& against, Session& session) {
  optimizer::SizeCheckOptions options;
  options.against = against;
  options.compare = !flags.report.empty();
  options.offline = flags.lock.offline;
  options.version = std::string(version);
  options.scratch = session.cache_folder() / "tmp";
  options.jobs = session.jobs();
  options.limits = session.limits();
  optimizer::SizeCheck check(session.cache(), session.access(), options, session.reporter(), session.stop());
  std::vector<optimizer::ComparedImage> compared;
  std::string report;
  for (const auto& image : images) {
    if (image.spec.limits.empty() && !options.compare) continue;
    compared.push_back(check.examine(image));
    report += optimizer::markdown_of(compared.back());
  }
  if (!flags.report.empty()) write_page(report, flags.report);
  const auto broken = optimizer::broken_limits(compared);
  if (broken && !flags.ignore_limits) throw *broken;
}

// The image that the one of the spec is compared with. Error(usage) when it cannot be compared with anything.
std::optional<registry::Place> against_of(const BuildFlags& flags, const builder::Spec& spec) {
  if (flags.against.empty()) return std::nullopt;
  if (spec.images.size() > 1)
    throw Error(ErrorKind::usage, "--against is one image, and several are built")
        .hint("name the image to build");
  return registry::Place::parse(flags.against);
}

void run_build(const BuildFlags& flags, Session& session) {
  const auto spec = spec_of(flags.images, session.host().working_directory, session.limits());
  auto options = options_of(flags, session);
  std::unique_ptr<evidence::Signer> signer;
  if (!flags.key.key.empty()) {
    for (const auto& output : options.outputs) check_holds_signatures(output);
    signer = signer_of(flags.key, session);  // a wrong password is told before anything is compiled
    options.record.signer = signer.get();
    options.record.form = form_of(flags.key);
  }
  options.cache = cache_of(flags, spec, signer.get(), session);
  const auto against = against_of(flags, spec);
  if (against && !asks_for_sizes(spec, flags))
    throw Error(ErrorKind::usage, "--against is what sizes are compared with, and nothing asks for sizes")
        .hint("add --report FILE, or `limits` to the spec");
  session.check_streams(against ? std::vector{*against} : std::vector<registry::Place>(), options.outputs);
  if (asks_for_sizes(spec, flags))
    options.examine = [&](const std::vector<builder::FinishedImage>& images) {
      check_sizes(images, flags, against, session);
    };
  for (const auto& name : builder::ignored_variables(session.host()))
    session.reporter().verbose(fmt::format("{} is set here and not passed on to go", name));
  const auto results = builder::build_images(spec, options, session.host(), session.cache(), session.access(),
                                             session.reporter(), session.stop());
  if (signer) sign_results(results, *signer, flags, session);
  Json images = Json::array();
  std::string lines;
  for (const auto& result : results) {
    for (const auto& place : result.places) lines += place + "\n";
    std::uint64_t size = 0;
    for (const auto& platform : result.platforms) size += platform.image.size;
    session.reporter().note(fmt::format(
        "{}: {}, {}{}", result.image, human_size(size),
        result.compiled ? "compiled"
        : result.shared ? "taken from the shared cache"
                        : "nothing changed",
        result.platforms.size() > 1 ? fmt::format(", {} platforms", result.platforms.size()) : ""));
    images.push_back(to_json(result));
  }
  if (!flags.result.empty())
    write_file(flags.result, canonical({{"schemaVersion", 1}, {"images", images}}) + "\n",
               AtomicFile::Durability::synced);
  session.print(lines);
}

}  // namespace

void add_build(CLI::App& app, const Choose& choose) {
  auto flags = std::make_shared<BuildFlags>();
  auto* command = app.add_subcommand("build", "Build the images of whittle.yaml, or a Go package");
  add_wanted_images(*command, flags->images);
  command
      ->add_option("-o,--output", flags->outputs,
                   "A place to write to: a registry reference, oci:DIR[:TAG], oci-archive:FILE[:TAG], "
                   "docker-archive:FILE[:REF], "
                   "docker-daemon:REF, local:NAME; repeatable")
      ->allow_extra_args(false);
  command->add_flag("--push", flags->push, "Push to the `push:` of each image, or to WHITTLE_PUSH/NAME");
  command->add_option("--tag", flags->tags, "Tag instead of those of the spec; repeatable")
      ->allow_extra_args(false);
  command
      ->add_option("--platform", flags->platforms,
                   "Platform instead of those of the spec, e.g. linux/arm64; repeatable")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option("--profile", flags->profile,
                   "debug keeps symbols, small strips, smallest keeps line tables apart and compresses most")
      ->check(CLI::IsMember({"debug", "small", "smallest"}));
  command
      ->add_option("--sbom", flags->sbom,
                   "The bill of materials that is attached to each manifest: spdx, cyclonedx or none")
      ->check(CLI::IsMember({"spdx", "cyclonedx", "none"}));
  command->add_flag("--no-provenance", flags->no_provenance, "Attach no provenance");
  command->add_option("--cache", flags->cache,
                      "A repository where machines share what they have built, instead of the spec's "
                      "`cache`; none: no such place");
  command->add_flag("--cache-write", flags->cache_write, "Keep there what this machine builds");
  command->add_option("--cache-trust", flags->cache_trust,
                      "Take from there only what this public key has signed: FILE, env:NAME or cmd:PROGRAM");
  add_lock_flags(*command, flags->lock);
  add_key_flag(*command, flags->key, "--sign", "Sign each image where it was written, with this private key");
  add_signing_flags(*command, flags->key);
  command->add_option("--result", flags->result, "Write a JSON record of the build to this file");
  command->add_option("--report", flags->report,
                      "Write what became of the size, as Markdown for a pull request, to this file");
  command->add_option("--against", flags->against,
                      "The image to compare sizes with, instead of where the image was last pushed");
  command->add_flag("--ignore-limits", flags->ignore_limits, "Build also what is larger than `limits` allow");
  command->callback([flags, choose] { choose([flags](Session& session) { run_build(*flags, session); }); });
}

}  // namespace whittle::cli
