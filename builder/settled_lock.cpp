#include "builder/settled_lock.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "builder/lock_resolver.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "packages/package_fetch.hpp"

namespace whittle::builder {
namespace {

[[noreturn]] void refuse_stale(const std::filesystem::path& file, const std::optional<Lock>& lock,
                               const std::vector<std::string>& lines) {
  const auto name = escaped(file.native(), false, 4096);
  Error error(ErrorKind::spec,
              lock ? fmt::format("{} is stale:\n    {}", name, fmt::join(lines, "\n    "))
                   : fmt::format("there is no {}, and --locked allows no build without", name));
  error.hint(lock ? "run `whittle lock` and commit it"
                  : "run `whittle lock` and commit it; --locked is on where CI is set");
  throw error;
}

// What `after` has otherwise than `before`, put into `now`. A thing that `now` changed too, and otherwise, is
// a conflict.
template <class Map>
void merge(const Map& before, const Map& after, Map& now, std::string_view what) {
  const auto differs = [](const Map& a, const Map& b, const auto& key) {
    const auto one = a.find(key);
    const auto two = b.find(key);
    if (one == a.end() || two == b.end()) return (one == a.end()) != (two == b.end());
    return !(one->second == two->second);
  };
  const auto take = [&](const auto& key) {
    if (!differs(before, after, key) || !differs(after, now, key)) return;
    if (differs(before, now, key))
      throw Error(
          ErrorKind::conflict,
          fmt::format("another process changed {} {} of the lock at the same time", what, escaped(key)))
          .hint("look at both, and run `whittle lock` again");
    if (const auto found = after.find(key); found != after.end())
      now.insert_or_assign(key, found->second);
    else
      now.erase(key);
  };
  for (const auto& [key, value] : after) take(key);
  for (const auto& [key, value] : before)
    if (!after.contains(key)) take(key);
}

Lock merged(const Lock& before, const Lock& after, Lock now) {
  if (after.go != before.go) {
    if (now.go != before.go && now.go != after.go)
      throw Error(ErrorKind::conflict, "another process changed Go in the lock at the same time")
          .hint("run `whittle lock` again");
    now.go = after.go;
  }
  merge(before.images, after.images, now.images, "the base");
  merge(before.archives, after.archives, now.archives, "the archive");
  merge(before.packages, after.packages, now.packages, "the package");
  merge(before.sets, after.sets, now.sets, "the packages");
  merge(before.c_compilers, after.c_compilers, now.c_compilers, "the C compiler");
  merge(before.compressors, after.compressors, now.compressors, "the compressor");
  return now;
}

// Whether a manifest in the store, and all that it names, is there.
bool is_complete(const registry::Layout& store, const Digest& manifest) {
  const auto bytes = store.read_blob(manifest, JsonLimits().bytes);
  if (!bytes) return false;
  const layers::Document document(layers::settle_media_type("", *bytes, "a base image"), *bytes, manifest);
  const auto parsed = layers::parse_manifest(document, "a base image");
  if (!store.has_blob(parsed.config.digest, parsed.config.size)) return false;
  return std::all_of(parsed.layers.begin(), parsed.layers.end(),
                     [&](const auto& layer) { return store.has_blob(layer.digest, layer.size); });
}

}  // namespace

std::filesystem::path lock_file_of(const Spec& spec, const std::vector<GoMain>& mains) {
  if (spec.file.empty()) return (mains.empty() ? spec.folder : mains.front().project) / "whittle.lock";
  auto file = spec.file;
  return file.replace_extension(".lock");
}

void write_lock(const std::filesystem::path& file, const std::optional<Lock>& before, const Lock& after,
                const Cache& cache) {
  const FileLock turn(cache.folder() / "lock-files.lock");
  const auto now = read_lock(file);
  const Lock base = before.value_or(Lock());
  const auto text = lock_text(merged(base, after, now.value_or(Lock())));
  if (now && lock_text(*now) == text) return;
  write_file(file, text, AtomicFile::Durability::synced);
}

Lock settle_lock(const LockUse& use, const Requirements& wanted, Origins& origins,
                 const GoSettled& go_settled) {
  const auto lock = read_lock(use.file);
  auto lines = lacking(lock.value_or(Lock()), wanted);
  for (auto& line : other_compilers(lock.value_or(Lock()), wanted, origins.c_compilers()))
    lines.push_back(std::move(line));
  if (lock && lines.empty()) return *lock;
  if (use.locked) refuse_stale(use.file, lock, lines);
  const auto name = escaped(use.file.native(), false, 4096);
  if (origins.options().offline)
    throw Error(
        ErrorKind::not_found,
        fmt::format("{} does not say all that this build needs, and nothing is looked up: --offline\n    {}",
                    name, fmt::join(lines, "\n    ")))
        .hint("run `whittle lock` once without --offline");
  auto settled =
      in_context([&] { return fmt::format("making {}", name); },
                 [&] { return resolve_lock(lock.value_or(Lock()), wanted, {}, origins, go_settled); });
  if (!use.write) return settled;
  for (const auto& line : differences(lock.value_or(Lock()), settled)) origins.reporter().note("  " + line);
  try {
    write_lock(use.file, lock, settled, origins.cache());
    origins.reporter().note(fmt::format("{} {}; commit it", lock ? "completed" : "wrote", name));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::io) throw;
    origins.reporter().warn(fmt::format("the lock of this build is not kept: {}", error.message()));
  }
  return settled;
}

std::vector<std::string> missing_pieces(const Lock& lock, const Requirements& wanted,
                                        const registry::Layout& store, Origins& origins) {
  std::vector<std::string> lines;
  for (const auto& [place, platforms] : wanted.images)
    for (const auto& platform : platforms) {
      const auto& digest = lock.images.at(place).manifests.at(platform.text());
      if (!is_complete(store, digest))
        lines.push_back(fmt::format("base image {} for {} ({})", place, platform.text(), digest.text()));
    }
  std::set<std::string> keys;
  for (const auto& [set, architectures] : wanted.packages)
    for (const auto& architecture : architectures) {
      const auto& of_set = lock.sets.at(set.name()).at(architecture);
      keys.insert(of_set.begin(), of_set.end());
    }
  for (const auto& key : keys)
    if (!packages::find_package(lock.packages.at(key).package, origins.packages()))
      lines.push_back("package " + escaped(key));
  return lines;
}

}  // namespace whittle::builder
