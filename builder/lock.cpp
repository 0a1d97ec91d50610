#include "builder/lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "builder/lock_reader.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::uint64_t format_version = 1;
constexpr std::size_t largest_lock = 8U << 20U;  // bytes

LockedGo read_go(const LockValue& value) {
  value.check_keys({"toolchains", "version"});
  LockedGo go{value.at("version").text(), {}};
  for (const auto& [platform, hash] : value.at("toolchains").members())
    go.toolchains.emplace(platform, hash.text());
  return go;
}

LockedImage read_image(const LockValue& value) {
  value.check_keys({"digest", "platforms"});
  LockedImage image{value.at("digest").digest(), {}};
  for (const auto& [platform, manifest] : value.at("platforms").members())
    image.manifests.emplace(platform, manifest.digest());
  return image;
}

LockedArchive read_archive(const LockValue& value) {
  value.check_keys({"release", "serial"});
  return {value.at("release").digest(), value.at("serial").number()};
}

LockedPackage read_package(const LockValue& value) {
  value.check_keys({"architecture", "archive", "digest", "name", "path", "size", "version"});
  return {{value.at("name").text(), value.at("version").text(), value.at("architecture").text(),
           value.at("path").text(), value.at("size").number(), value.at("digest").digest()},
          value.at("archive").text()};
}

LockedCompiler read_compiler(const LockValue& value) {
  value.check_keys({"digest", "libc", "library", "version"});
  const auto library = value.find("library");
  LockedCompiler compiler{value.at("libc").text(), library ? library->text() : std::string(),
                          value.at("version").text(), value.at("digest").digest()};
  if (compiler.libc != "musl" && compiler.libc != "glibc")
    value.at("libc").refuse("is neither musl nor glibc");
  return compiler;
}

void read_packages(const LockValue& value, const LockValue& archives, Lock& lock) {
  for (const auto& [key, entry] : value.members()) {
    auto package = read_package(entry);
    if (key != lock_key(package.package))
      entry.refuse(fmt::format("is about {}", shown(lock_key(package.package))));
    if (!lock.archives.contains(package.archive))
      entry.refuse(fmt::format("is from the archive {}, which {} does not have", shown(package.archive),
                               archives.path()));
    lock.packages.emplace(key, std::move(package));
  }
}

std::vector<std::string> read_members(const LockValue& value, const Lock& lock) {
  std::vector<std::string> keys;
  for (const auto& item : value.items()) {
    keys.push_back(item.text());
    if (!lock.packages.contains(keys.back()))
      item.refuse(fmt::format("names {}, which is not among the packages", shown(keys.back())));
  }
  if (!std::is_sorted(keys.begin(), keys.end()) || std::adjacent_find(keys.begin(), keys.end()) != keys.end())
    value.refuse("is not sorted, or has a package twice");
  return keys;
}

// Objects that hold nothing but single values stand on a line of their own, from the third level on.
void write(const Json& value, std::size_t depth, std::string& text) {
  const bool flat =
      std::all_of(value.begin(), value.end(), [](const Json& child) { return child.is_primitive(); });
  if (value.is_primitive() || (value.is_object() && flat && depth >= 2)) {
    text += canonical(value);
    return;
  }
  const std::string indent(2 * depth, ' ');
  text += value.is_array() ? '[' : '{';
  std::string_view separator = "\n";
  for (const auto& [key, child] : value.items()) {
    text += fmt::format("{}{}  ", separator, indent);
    if (value.is_object()) text += fmt::format("{}: ", canonical(key));
    write(child, depth + 1, text);
    separator = ",\n";
  }
  text += fmt::format("\n{}{}", indent, value.is_array() ? ']' : '}');
}

}  // namespace

bool LockedPackage::operator==(const LockedPackage& other) const {
  return lock_key(package) == lock_key(other.package) && package.path == other.package.path &&
         package.size == other.package.size && package.digest == other.package.digest &&
         archive == other.archive;
}

std::string LockedCompiler::text() const {
  return fmt::format("{} with {}", escaped(version), library.empty() ? libc : escaped(library));
}

std::string lock_key(const packages::PinnedPackage& package) {
  return fmt::format("{}_{}_{}", package.name, package.version, package.architecture);
}

Lock parse_lock(std::string_view text, std::string_view name) {
  if (text.starts_with("<<<<<<<") || text.find("\n<<<<<<<") != std::string_view::npos)
    throw Error(ErrorKind::spec, fmt::format("{} has the marks of a merge that did not succeed", name))
        .hint("remove the marks and one side of each conflict, then run `whittle lock`");
  const Json json = parse_json(text, name, ErrorKind::spec);
  const LockValue root(json, std::string(name));
  const auto version = root.at("version").number();
  if (version != format_version)
    throw Error(ErrorKind::spec,
                fmt::format("{} is of version {}, this whittle knows {}", name, version, format_version))
        .hint("use the whittle that wrote it, or a newer one");
  root.check_keys({"archives", "cc", "compressors", "go", "images", "packages", "sets", "version"});
  Lock lock;
  if (const auto go = root.find("go")) lock.go = read_go(*go);
  for (const auto& [place, image] : root.members_of("images")) lock.images.emplace(place, read_image(image));
  for (const auto& [suite, archive] : root.members_of("archives"))
    lock.archives.emplace(suite, read_archive(archive));
  if (const auto packages = root.find("packages")) read_packages(*packages, root, lock);
  for (const auto& [set, architectures] : root.members_of("sets"))
    for (const auto& [architecture, keys] : architectures.members())
      lock.sets[set][architecture] = read_members(keys, lock);
  for (const auto& [wish, compiler] : root.members_of("cc"))
    lock.c_compilers.emplace(wish, read_compiler(compiler));
  for (const auto& [format, identity] : root.members_of("compressors"))
    lock.compressors.emplace(format, identity.text());
  return lock;
}

Json to_json(const Lock& lock) {
  Json json = {{"version", format_version}};
  if (lock.go) json["go"] = {{"version", lock.go->version}, {"toolchains", lock.go->toolchains}};
  for (const auto& [place, image] : lock.images) {
    Json platforms = Json::object();
    for (const auto& [platform, digest] : image.manifests) platforms[platform] = digest.text();
    json["images"][place] = {{"digest", image.root.text()}, {"platforms", platforms}};
  }
  for (const auto& [suite, archive] : lock.archives)
    json["archives"][suite] = {{"release", archive.release.text()}, {"serial", archive.serial}};
  for (const auto& [key, locked] : lock.packages)
    json["packages"][key] = {{"name", locked.package.name},
                             {"version", locked.package.version},
                             {"architecture", locked.package.architecture},
                             {"path", locked.package.path},
                             {"size", locked.package.size},
                             {"digest", locked.package.digest.text()},
                             {"archive", locked.archive}};
  for (const auto& [name, architectures] : lock.sets)
    for (const auto& [architecture, keys] : architectures) json["sets"][name][architecture] = keys;
  for (const auto& [name, compiler] : lock.c_compilers) {
    auto& entry = json["cc"][name];
    entry = {{"libc", compiler.libc}, {"version", compiler.version}, {"digest", compiler.digest.text()}};
    if (!compiler.library.empty()) entry["library"] = compiler.library;
  }
  for (const auto& [format, identity] : lock.compressors) json["compressors"][format] = identity;
  return json;
}

std::string lock_text(const Lock& lock) {
  std::string text;
  write(to_json(lock), 0, text);
  return text + '\n';
}

std::optional<Lock> read_lock(const std::filesystem::path& file) {
  try {
    const auto text = read_file_if_present(file, largest_lock);
    if (!text) return std::nullopt;
    return parse_lock(*text, escaped(file.native(), false, 4096));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::machine_limit && error.kind() != ErrorKind::limit) throw;
    throw Error(ErrorKind::spec_limit, error.message());
  }
}

}  // namespace whittle::builder
