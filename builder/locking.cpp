#include "builder/locking.hpp"

#include <fmt/format.h>

#include "builder/go_project.hpp"
#include "builder/lock_sizes.hpp"
#include "builder/origins.hpp"
#include "builder/requirements.hpp"
#include "builder/settled_lock.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/parallel.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"

namespace whittle::builder {
namespace {

constexpr std::string_view package_type = "application/vnd.debian.binary-package";
constexpr std::string_view packages_artifact = "application/vnd.whittle.packages.v1";

struct Wanted {
  Requirements requirements;
  std::filesystem::path file;
};

Wanted wanted_of(const Spec& spec, const LockOptions& options, Reporter& reporter) {
  std::vector<GoMain> mains;
  std::vector<std::vector<layers::Platform>> platforms;
  for (const auto& image : spec.images) {
    const auto& of_spec = image.platforms.empty() ? std::vector{options.host_platform} : image.platforms;
    platforms.push_back(options.platforms.empty() ? of_spec : options.platforms);
    for (const auto& binary : image.binaries)
      mains.push_back(in_context([&] { return fmt::format("{}: image {}", binary.where.text(), image.name); },
                                 [&] { return locate_main(spec.folder, binary.main, reporter); }));
  }
  return {requirements_of(spec, platforms, mains, options.host_platform), lock_file_of(spec, mains)};
}

// Puts every package into the place as a blob, held by one manifest so that no registry collects them.
void store_packages(const Lock& lock, const registry::Place& place, Origins& origins) {
  const auto destination = origins.access().destination(place);
  const layers::Document config(std::string(layers::media_type::empty), "{}");
  layers::Manifest manifest{std::string(layers::media_type::oci_manifest), config.descriptor(), {}};
  manifest.artifact_type = packages_artifact;
  std::vector<std::filesystem::path> files;
  for (const auto& [key, locked] : lock.packages) {
    manifest.layers.push_back({std::string(package_type), locked.package.digest, locked.package.size});
    manifest.layers.back().annotations["org.opencontainers.image.title"] = key + ".deb";
    files.push_back(origins.package(locked));
  }
  const auto put = [&](const layers::Descriptor& blob, const OpenSource& open) {
    const auto task = origins.reporter().start(fmt::format("storing {}", blob.digest.text()), blob.size);
    if (destination->has_blob(blob)) return task->done("already there");
    destination->put_blob(blob, open, *task);
    task->done("stored");
  };
  put(config.descriptor(), [&] { return std::make_unique<TextSource>(config.bytes); });
  parallel_for(files.size(), 4, origins.stop(), [&](std::size_t i) {
    put(manifest.layers[i], [&, i] { return std::make_unique<FileSource>(files[i]); });
  });
  const auto document = layers::write_manifest(manifest);
  destination->put_root(document, {fmt::format("packages-{}", document.digest.hex().substr(0, 12))});
}

}  // namespace

LockCheck check_lock(const Spec& spec, const LockOptions& options, const LockParts& parts) {
  const auto wanted = wanted_of(spec, options, parts.reporter);
  const auto lock = read_lock(wanted.file);
  LockCheck check{wanted.file, lock.has_value(), {}, {}};
  check.lacking = lacking(lock.value_or(Lock()), wanted.requirements);
  CCompilers compilers(parts.host, parts.cache, parts.stop);
  for (auto& line : other_compilers(lock.value_or(Lock()), wanted.requirements, compilers))
    check.lacking.push_back(std::move(line));
  if (lock) check.superfluous = superfluous(*lock, wanted.requirements);
  return check;
}

LockUpdate update_lock(const Spec& spec, const LockOptions& options, const LockParts& parts) {
  const auto wanted = wanted_of(spec, options, parts.reporter);
  Origins origins(spec, parts.host, parts.cache, parts.access, {options.jobs, options.offline, options.now},
                  parts.reporter, parts.stop);
  const auto before = read_lock(wanted.file);
  const auto old = before.value_or(Lock());
  const auto lock = without_superfluous(resolve_lock(old, wanted.requirements, options.renewal, origins),
                                        wanted.requirements);
  write_lock(wanted.file, before, lock, parts.cache);
  if (options.store) store_packages(lock, *options.store, origins);
  return {wanted.file, differences(old, lock, sizes_of_new(old, lock, origins))};
}

}  // namespace whittle::builder
