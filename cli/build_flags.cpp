#include "cli/build_flags.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>

#include "builder/finished_image.hpp"
#include "builder/go_environment.hpp"
#include "cli/build_smoke.hpp"
#include "cli/page_file.hpp"
#include "cli/version.hpp"
#include "common/error.hpp"
#include "optimizer/size_check.hpp"
#include "optimizer/size_markdown.hpp"

namespace whittle::cli {
namespace {

std::optional<evidence::SbomFormat> sbom_format(std::string_view name) {
  if (name == "none") return std::nullopt;
  return name == "cyclonedx" ? evidence::SbomFormat::cyclonedx : evidence::SbomFormat::spdx;
}

builder::BuildOptions options_of(const BuildFlags& flags, Session& session) {
  builder::BuildOptions options;
  for (const auto& output : flags.outputs) options.outputs.push_back(registry::Place::parse(output));
  options.some_of_many = flags.some_of_many;
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
  options.remote = remote_settings(flags.remote, session);
  if (options.remote && options.offline)
    throw Error(ErrorKind::usage, "--offline asks nobody, and --remote names a server to ask");
  options.record.version = std::string(version);
  options.record.provenance = !flags.no_provenance;
  options.record.sbom = sbom_format(flags.sbom);
  return options;
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

}  // namespace

void add_build_settings(CLI::App& command, BuildFlags& flags) {
  command.add_option("--tag", flags.tags, "Tag instead of those of the spec; repeatable")
      ->allow_extra_args(false);
  command
      .add_option("--platform", flags.platforms,
                  "Platform instead of those of the spec, e.g. linux/arm64; repeatable")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option("--profile", flags.profile,
                  "debug keeps symbols, small strips, smallest keeps line tables apart and compresses most")
      ->check(CLI::IsMember({"debug", "small", "smallest"}));
  command
      .add_option("--sbom", flags.sbom,
                  "The bill of materials that is attached to each manifest: spdx, cyclonedx or none")
      ->check(CLI::IsMember({"spdx", "cyclonedx", "none"}));
  command.add_flag("--no-provenance", flags.no_provenance, "Attach no provenance");
  add_shared_cache_flags(command, flags.cache);
  add_lock_flags(command, flags.lock);
  add_remote_flags(command, flags.remote);
  add_key_flag(command, flags.key, "--sign", "Sign each image where it was written, with this private key");
  add_signing_flags(command, flags.key);
  command.add_flag("--ignore-limits", flags.ignore_limits, "Build also what is larger than `limits` allow");
}

std::vector<builder::PlannedImage> plan_as_told(const builder::Spec& spec, const BuildFlags& flags,
                                                const std::optional<std::string>& revision,
                                                Session& session) {
  auto options = options_of(flags, session);
  auto cache = flags.cache;
  cache.write = false;
  options.cache = shared_cache_of(cache, spec, nullptr, session);
  return builder::plan_changes(spec, options, revision, session.host(), session.cache(), session.access(),
                               session.reporter(), session.stop());
}

std::vector<builder::BuildResult> build_as_told(const builder::Spec& spec, const BuildFlags& flags,
                                                Phases& phases, Session& session) {
  auto options = options_of(flags, session);
  std::unique_ptr<evidence::Signer> signer;
  if (!flags.key.key.empty()) {
    for (const auto& output : options.outputs) check_holds_signatures(output);
    signer = signer_of(flags.key, session);  // a wrong password is told before anything is compiled
    options.record.signer = signer.get();
    options.record.form = form_of(flags.key);
  }
  options.cache = shared_cache_of(flags.cache, spec, signer.get(), session);
  const auto against = against_of(flags, spec);
  if (against && !asks_for_sizes(spec, flags))
    throw Error(ErrorKind::usage, "--against is what sizes are compared with, and nothing asks for sizes")
        .hint("add --report FILE, or `limits` to the spec");
  session.check_streams(against ? std::vector{*against} : std::vector<registry::Place>(), options.outputs);
  if (flags.smoke) check_smoke(spec, session);
  if (asks_for_sizes(spec, flags) || flags.smoke || !flags.metrics.empty())
    options.examine = [&](const std::vector<builder::FinishedImage>& images) {
      phases.begin("examine");
      if (asks_for_sizes(spec, flags)) check_sizes(images, flags, against, session);
      if (flags.smoke) smoke_images(images, spec, session);
      phases.begin("deliver");
    };
  for (const auto& name : builder::ignored_variables(session.host()))
    session.reporter().verbose(fmt::format("{} is set here and not passed on to go", name));
  phases.begin("build");
  auto results = builder::build_images(spec, options, session.host(), session.cache(), session.access(),
                                       session.reporter(), session.stop());
  phases.end();
  if (signer) sign_results(results, *signer, flags, session);
  return results;
}

}  // namespace whittle::cli
