// What a few files change in what is known of the layers below them.
#include <fmt/format.h>

#include <algorithm>

#include "binaries/build_info.hpp"
#include "binaries/elf.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "evidence/catalogue.hpp"
#include "evidence/elf_reader.hpp"
#include "evidence/go_components.hpp"
#include "evidence/spooled_file.hpp"
#include "evidence/well_known_files.hpp"

namespace whittle::evidence {
namespace {

using layers::FileEntry;

// Whether something that is no folder lies where a component below comes from, or where a folder on the way
// to it is.
bool hides_folder(const Catalogue& below, std::string_view path) {
  const auto start = fmt::format("{}/", path);
  return std::any_of(below.components.begin(), below.components.end(), [&](const Component& component) {
    const auto next = component.origins.lower_bound(start);
    return next != component.origins.end() && next->starts_with(start);
  });
}

void hide_file(Catalogue& catalogue, const std::string& path) {
  std::erase_if(catalogue.components, [&](Component& component) {
    return component.origins.erase(path) != 0 && component.origins.empty();
  });
}

void add_components(Catalogue& catalogue, const std::string& path, const Digest& digest,
                    const binaries::BuildInfo& info) {
  for (auto& component : components_of(info, path, digest))
    catalogue.components.push_back(std::move(component));
}

void add_program(Catalogue& catalogue, const std::string& path, const Digest& digest,
                 const binaries::RandomAccess& file) {
  try {
    const auto info = binaries::read_build_info(file, binaries::read_elf(file));
    if (info) add_components(catalogue, path, digest, *info);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity && error.kind() != ErrorKind::unsupported) throw;
    catalogue.warnings.push_back(
        fmt::format("nothing is known of {}: {}", shown(path), escaped(error.message(), false, 1000)));
  }
}

}  // namespace

std::optional<Catalogue> laid_over(const Catalogue& below, const layers::FileTree& files,
                                   const std::vector<OwnProgram>& programs,
                                   const std::filesystem::path& scratch) {
  if (!below.warnings.empty()) return std::nullopt;  // what they are about may be hidden
  Catalogue catalogue = below;
  std::optional<SpooledFile> spool;
  for (const auto& [path, entry] : files.entries()) {
    if (entry.type == FileEntry::Type::directory) continue;
    if (kind_of_file(path) || entry.type == FileEntry::Type::hardlink || hides_folder(below, path))
      return std::nullopt;
    hide_file(catalogue, path);
    if (entry.type != FileEntry::Type::file || !begins_as_elf(*entry.open())) continue;
    if (!spool) spool.emplace(scratch);
    spool->fill({}, *entry.open(), largest_program);
    add_program(catalogue, path, spool->digest(), *spool);
  }
  for (const auto& program : programs) {
    if (kind_of_file(program.path) || hides_folder(below, program.path)) return std::nullopt;
    hide_file(catalogue, program.path);
    if (program.info)
      add_components(catalogue, program.path, program.digest, *program.info);
    else
      add_program(catalogue, program.path, program.digest, binaries::FileAccess(program.file));
  }
  settle(catalogue.components);
  return catalogue;
}

}  // namespace whittle::evidence
