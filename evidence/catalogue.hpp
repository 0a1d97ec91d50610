// What an image consists of, found in its files: Go programs by their build information, packages by the
// databases of dpkg and apk, licences where they are stated in a form for machines.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "binaries/build_info.hpp"
#include "common/digest.hpp"
#include "common/limits.hpp"
#include "evidence/component.hpp"
#include "evidence/elf_reader.hpp"
#include "layers/file_tree.hpp"
#include "layers/manifest.hpp"
#include "registry/image_io.hpp"

namespace whittle::evidence {

inline constexpr std::size_t most_components = 500'000;  // of an image

struct Catalogue {
  std::vector<Component> components = {};  // settled
  std::vector<std::string> warnings = {};  // files that could not be understood, for people; escaped
  bool operator==(const Catalogue&) const = default;
};

// For who wants to know more than what a catalogue keeps; each is called while the layers are read.
struct CatalogueHooks {
  ElfReader::OnProgram on_program = {};  // before it is known whether a later layer hides it
  // A path among the origins of components, and the layer that it is in; 0 is the lowest.
  std::function<void(const std::string& path, std::size_t layer)> on_origin = {};
};

struct CatalogueOptions {
  std::filesystem::path scratch = {};  // an existing folder for a file without a name
  Limits limits = {};
  std::stop_token stop = {};
  CatalogueHooks hooks = {};
};

// Reads the layers once each, from the lowest up. Files that later layers hide do not count. A file that is
// broken is one that nothing is known of, and a warning; a broken layer is Error(integrity). Memory grows
// with the number of files (MergedTree) and of components.
Catalogue read_catalogue(registry::ImageSource& image, const layers::Manifest& manifest,
                         const CatalogueOptions& options);

// A Go program that is about to lie in an image: its file is at hand, or what it says of itself is known.
struct OwnProgram {
  std::string path;  // in the image, without a leading slash
  Digest digest;
  std::filesystem::path file;  // not needed where `info` is known
  std::optional<binaries::BuildInfo> info = {};
};
// What a program says of itself, read from its file if need be; nothing for what is no Go program.
std::optional<binaries::BuildInfo> build_info_of(const OwnProgram& program);

// The catalogue of an image whose own files and programs lie over layers that are known: what
// read_catalogue() would find. Nothing when those files change what was read of the layers, so that this can
// only be found out from all of it.
std::optional<Catalogue> laid_over(const Catalogue& below, const layers::FileTree& files,
                                   const std::vector<OwnProgram>& programs,
                                   const std::filesystem::path& scratch);

// Adds the base image that annotations name (image-spec, annotations.md), if they do.
void add_base_image(const layers::Annotations& annotations, Catalogue& catalogue);

// For caches: what catalogue_from_text() reads is what to_text() was given. Nothing for any other text.
std::string to_text(const Catalogue& catalogue);
std::optional<Catalogue> catalogue_from_text(std::string_view text);

}  // namespace whittle::evidence
