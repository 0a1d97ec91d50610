#include "builder/requirements.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "packages/bases.hpp"
#include "registry/place.hpp"

namespace whittle::builder {
namespace {

using toolchains::GoVersion;

// What the files say together: the highest of the minimums, and of the toolchains.
void add_lines(const std::filesystem::path& file, toolchains::VersionWish& wish) {
  const auto text = read_file_if_present(file, largest_mod_file);
  if (!text) return;
  const auto lines = toolchains::read_go_lines(*text, escaped(file.filename().native()));
  wish.lines_of = file.filename().native();
  wish.lines.go = std::max(wish.lines.go, lines.go);
  wish.lines.toolchain = std::max(wish.lines.toolchain, lines.toolchain);
}

// Whether a base has to be looked up: an image in a registry that its digest does not name already.
bool is_looked_up(const std::string& base) {
  if (base == "scratch" || packages::find_base(base)) return false;
  const auto place = registry::Place::parse(base);
  return place.kind == registry::Place::Kind::registry && !place.digest;
}

}  // namespace

std::string PackageSet::name() const {
  std::string name = base;
  for (const auto& wish : wishes) {
    if (!name.empty()) name += &wish == &wishes.front() ? " + " : " ";
    name += wish.text();
  }
  return !wishes.empty() && !dependencies ? name + " (alone)" : name;
}

std::string compressor_name(const layers::Compression& compression) {
  using Compression = layers::Compression;
  if (compression.format == Compression::Format::none) return "none";
  const auto format = compression.format_name();
  switch (compression.level) {
    case Compression::Level::fast:
      return fmt::format("{} fast", format);
    case Compression::Level::smallest:
      return fmt::format("{} smallest", format);
    case Compression::Level::balanced:
      break;
  }
  return fmt::format("{} balanced", format);
}

std::string debian_word(const layers::Platform& platform) {
  if (auto word = packages::debian_architecture(platform)) return *word;
  throw Error(ErrorKind::unsupported, fmt::format("Debian has no packages for {}", platform.text()))
      .hint("use `base: scratch` for that platform");
}

std::vector<PackageSet> package_sets_of(const ImageSpec& image) {
  std::vector<PackageSet> sets;
  const bool ours = packages::find_base(image.base) != nullptr;
  if (ours) sets.push_back({image.base, {}, true});
  if (!image.packages.wishes.empty())
    sets.push_back({ours ? image.base : std::string(), image.packages.wishes, image.packages.dependencies});
  return sets;
}

Requirements requirements_of(const Spec& spec, const std::vector<std::vector<layers::Platform>>& platforms,
                             const std::vector<GoMain>& mains, const layers::Platform& host) {
  Requirements result;
  result.host = fmt::format("{}/{}", host.os, host.architecture);
  if (!spec.go_version.empty()) result.go.spec = GoVersion::parse(spec.go_version);
  std::set<std::filesystem::path> files;  // most mains are of one module
  for (const auto& main : mains)
    files.insert(main.workspace.empty() ? main.module / "go.mod" : main.workspace);
  for (const auto& file : files) add_lines(file, result.go);
  for (std::size_t i = 0; i < spec.images.size(); ++i) {
    const auto& image = spec.images[i];
    result.compressions.insert(image.compression);
    for (const auto& binary : image.binaries) {
      if (binary.cgo == Cgo::off) continue;
      for (const auto& platform : platforms[i]) {
        CompilerWish wish{platform, platform.architecture == host.architecture, binary.cgo};
        auto name = wish.name();
        result.c_compilers.emplace(std::move(name), std::move(wish));
      }
    }
    if (is_looked_up(image.base)) result.images[image.base].insert(platforms[i].begin(), platforms[i].end());
    for (const auto& set : package_sets_of(image))
      for (const auto& platform : platforms[i]) result.packages[set].insert(debian_word(platform));
  }
  return result;
}

bool satisfies(const LockedGo& go, const toolchains::VersionWish& wish) {
  const auto locked = GoVersion::parse(go.version);
  if (!locked) return false;
  if (wish.lines.go && *locked < *wish.lines.go) return false;
  if (wish.spec) return wish.spec->is_language() ? locked->same_language(*wish.spec) : *locked == *wish.spec;
  return !wish.lines.toolchain || (wish.lines.go && *wish.lines.toolchain < *wish.lines.go) ||
         *locked == *wish.lines.toolchain;
}

namespace {

std::string wanted_go(const toolchains::VersionWish& wish) {
  if (wish.spec) return fmt::format("the spec asks for {}", wish.spec->text());
  if (wish.lines.toolchain) return fmt::format("{} asks for {}", wish.lines_of, wish.lines.toolchain->text());
  return fmt::format("{} asks for {} or later", wish.lines_of, wish.lines.go ? wish.lines.go->text() : "any");
}

void check_go(const Lock& lock, const Requirements& wanted, std::vector<std::string>& lines) {
  if (!lock.go)
    lines.emplace_back("Go: it names no version");
  else if (!satisfies(*lock.go, wanted.go))
    lines.push_back(fmt::format("Go: it has {}, {}", escaped(lock.go->version), wanted_go(wanted.go)));
  else if (!lock.go->toolchains.contains(wanted.host))
    lines.push_back(fmt::format("Go: it has no toolchain for {}", wanted.host));
}

void check_images(const Lock& lock, const Requirements& wanted, std::vector<std::string>& lines) {
  for (const auto& [place, platforms] : wanted.images) {
    const auto found = lock.images.find(place);
    if (found == lock.images.end())
      lines.push_back(fmt::format("base {}: it is not there", place));
    else
      for (const auto& platform : platforms)
        if (!found->second.manifests.contains(platform.text()))
          lines.push_back(fmt::format("base {}: it is not there for {}", place, platform.text()));
  }
}

void check_sets(const Lock& lock, const Requirements& wanted, std::vector<std::string>& lines) {
  for (const auto& [set, architectures] : wanted.packages) {
    const auto found = lock.sets.find(set.name());
    for (const auto& architecture : architectures)
      if (found == lock.sets.end() || !found->second.contains(architecture))
        lines.push_back(fmt::format("packages {}: they are not there for {}", set.name(), architecture));
  }
}

}  // namespace

std::vector<std::string> lacking(const Lock& lock, const Requirements& wanted) {
  std::vector<std::string> lines;
  check_go(lock, wanted, lines);
  check_images(lock, wanted, lines);
  check_sets(lock, wanted, lines);
  for (const auto& [name, wish] : wanted.c_compilers)
    if (!lock.c_compilers.contains(name))
      lines.push_back(fmt::format("C compiler for {}: it is not there", name));
  for (const auto& compression : wanted.compressions) {
    const auto identity = compression.identity();
    const auto name = compressor_name(compression);
    const auto found = lock.compressors.find(name);
    if (found == lock.compressors.end())
      lines.push_back(fmt::format("compressor {}: it is not there", name));
    else if (found->second != identity)
      lines.push_back(fmt::format("compressor {}: it has {}, this whittle {}", name, shown(found->second),
                                  shown(identity)));
  }
  return lines;
}

std::vector<std::string> other_compilers(const Lock& lock, const Requirements& wanted,
                                         CCompilers& compilers) {
  std::vector<std::string> lines;
  for (const auto& [name, wish] : wanted.c_compilers) {
    const auto locked = lock.c_compilers.find(name);
    if (locked == lock.c_compilers.end()) continue;
    const auto found = compilers.find(wish, locked->second);
    if (found && found->identity != locked->second)
      lines.push_back(
          fmt::format("C compiler for {}: {}", name, difference(locked->second, found->identity)));
  }
  return lines;
}

std::vector<std::string> superfluous(const Lock& lock, const Requirements& wanted) {
  std::vector<std::string> lines;
  for (const auto& [place, image] : lock.images)
    if (!wanted.images.contains(place))
      lines.push_back(fmt::format("base {}: no image is built on it", escaped(place)));
  for (const auto& [name, compiler] : lock.c_compilers)
    if (!wanted.c_compilers.contains(name))
      lines.push_back(fmt::format("C compiler for {}: no program needs it", escaped(name)));
  for (const auto& [name, architectures] : lock.sets) {
    const auto is_it = [&name = name](const auto& one) { return one.first.name() == name; };
    if (std::none_of(wanted.packages.begin(), wanted.packages.end(), is_it))
      lines.push_back(fmt::format("packages {}: no image has them", escaped(name)));
  }
  return lines;
}

}  // namespace whittle::builder
