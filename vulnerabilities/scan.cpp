#include "vulnerabilities/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "common/error.hpp"
#include "common/text.hpp"
#include "evidence/catalogue.hpp"
#include "layers/index_child.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/image_documents.hpp"
#include "registry/platform_choice.hpp"
#include "vulnerabilities/ecosystem.hpp"
#include "vulnerabilities/go_matcher.hpp"
#include "vulnerabilities/package_matcher.hpp"

namespace whittle::vulnerabilities {
namespace {

using evidence::Component;
using Layers = std::map<std::string, std::string>;  // digests, by path
using Programs = std::map<Digest, ProgramMatches>;  // by their bytes

// The same vulnerability of the same version, in several files or by several packages, is one finding.
class Findings {
 public:
  explicit Findings(const Layers& layers) : layers_(layers) {}

  void add(Finding finding) {
    for (auto& location : finding.locations)
      if (const auto layer = layers_.find(location.path); layer != layers_.end())
        location.layer = layer->second;
    const auto key = std::tuple(finding.id, finding.ecosystem, finding.package, finding.version);
    const auto [known, is_new] = findings_.try_emplace(key, std::move(finding));
    if (is_new) return;
    for (auto& location : finding.locations) known->second.locations.push_back(std::move(location));
  }
  std::vector<Finding> take() {
    std::vector<Finding> all;
    for (auto& [key, finding] : findings_) {
      std::sort(finding.locations.begin(), finding.locations.end(),
                [](const Location& a, const Location& b) { return a.path < b.path; });
      all.push_back(std::move(finding));
    }
    sort_findings(all);
    return all;
  }

 private:
  const Layers& layers_;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Finding> findings_ = {};
};

void add_unchecked(std::vector<Unchecked>& all, Unchecked more) {
  for (auto& one : all)
    if (one.name == more.name && one.why == more.why) {
      one.candidates.merge(more.candidates);
      one.paths.merge(more.paths);
      return;
    }
  all.push_back(std::move(more));
}

void add_programs(const evidence::Catalogue& catalogue, const Programs& programs, Databases& databases,
                  Findings& findings, ScannedPlatform& platform) {
  for (const auto& component : catalogue.components) {
    if (component.kind != Component::Kind::program || !component.digest) continue;
    platform.programs += component.origins.size();
    const auto found = programs.find(*component.digest);
    if (found == programs.end()) continue;
    for (const auto& path : component.origins) {
      for (auto finding : found->second.findings) {
        for (auto& location : finding.locations) location.path = path;
        findings.add(std::move(finding));
      }
      for (auto unchecked : found->second.unchecked) {
        unchecked.paths.insert(path);
        add_unchecked(platform.unchecked, std::move(unchecked));
      }
    }
    if (!databases.covers(std::string(go_ecosystem)))
      add_unchecked(platform.unchecked,
                    {"Go", "no database has entries of Go modules", {}, component.origins});
  }
}

ScannedPlatform scan_platform(registry::ImageSource& source, const layers::Document& document,
                              const layers::Descriptor& descriptor,
                              const std::function<Databases&()>& databases, const ScanOptions& options) {
  auto image = registry::read_image(source, document);
  const auto& manifest = image.manifest;
  ScannedPlatform platform{descriptor, std::move(image.config.platform)};
  Layers layer_of;
  Programs programs;
  // What fails here is the database: that must not pass for a program that is broken.
  std::exception_ptr failure;
  const auto on_program = [&](const evidence::SpooledFile& file, const binaries::Elf& elf,
                              const binaries::BuildInfo& info) {
    if (failure) return;
    try {
      programs.emplace(file.digest(),
                       match_program(file, elf, info, databases(), options.jobs, options.stop));
    } catch (const Error&) {
      failure = std::current_exception();
    }
  };
  const auto on_origin = [&](const std::string& path, std::size_t layer) {
    layer_of.emplace(path, manifest.layers.at(layer).digest.text());
  };
  const auto catalogue = evidence::read_catalogue(
      source, manifest, {options.scratch, options.limits, options.stop, {on_program, on_origin}});
  if (failure) std::rethrow_exception(failure);
  platform.warnings = catalogue.warnings;
  Findings findings(layer_of);
  add_programs(catalogue, programs, databases(), findings, platform);
  auto packages = match_packages(catalogue.components, databases());
  for (auto& finding : packages.findings) findings.add(std::move(finding));
  for (auto& unchecked : packages.unchecked) platform.unchecked.push_back(std::move(unchecked));
  for (const auto& component : catalogue.components)
    platform.packages +=
        component.kind == Component::Kind::deb || component.kind == Component::Kind::apk ? 1 : 0;
  platform.findings = findings.take();
  return platform;
}

}  // namespace

Scan scan(registry::ImageSource& source, const std::function<Databases&()>& databases,
          const ScanOptions& options) {
  auto root = source.root();
  Scan result{root.descriptor(), {}};
  if (options.platform) root = registry::choose_platforms(source, std::move(root), {*options.platform});
  if (!layers::media_type::is_index(root.media_type)) {
    result.platforms.push_back(scan_platform(source, root, root.descriptor(), databases, options));
    return result;
  }
  for (const auto& child : layers::parse_index(root, "the index").manifests)
    if (layers::is_image(child))
      result.platforms.push_back(scan_platform(source, source.manifest(child), child, databases, options));
  return result;
}

}  // namespace whittle::vulnerabilities
