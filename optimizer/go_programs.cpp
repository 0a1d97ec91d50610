#include "optimizer/go_programs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "binaries/elf.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "evidence/elf_reader.hpp"
#include "layers/compression.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "layers/merged_tree.hpp"
#include "registry/image_documents.hpp"

namespace whittle::optimizer {
namespace fs = std::filesystem;
namespace {

using layers::TarEntry;
using layers::TarReader;

constexpr std::size_t most_programs = 1'000;

// One platform's image with what it is for.
struct PlatformImage {
  layers::Platform platform;
  layers::Manifest manifest;
};

PlatformImage read_platform(registry::ImageSource& source, const layers::Document& document) {
  auto image = registry::read_image(source, document);
  return {std::move(image.config.platform), std::move(image.manifest)};
}

std::vector<PlatformImage> images_of(registry::ImageSource& source, const layers::Document& root,
                                     const std::optional<layers::Platform>& only) {
  std::vector<PlatformImage> images;
  if (!layers::media_type::is_index(root.media_type)) {
    images.push_back(read_platform(source, root));
  } else {
    for (const auto& child : layers::parse_index(root, "the index").manifests) {
      const bool image = layers::media_type::is_manifest(child.media_type) && child.artifact_type.empty() &&
                         !(child.platform && child.platform->architecture == "unknown");
      if (image) images.push_back(read_platform(source, source.manifest(child)));
    }
  }
  if (!only) return images;
  std::erase_if(images, [&](const auto& image) { return !image.platform.matches(*only); });
  if (images.empty())
    throw Error(ErrorKind::not_found, fmt::format("the image has nothing for {}", only->text()));
  return images;
}

// A Go program that was met in a layer; whether it counts is known when all layers are there.
struct Found {
  fs::path file;
  binaries::BuildInfo info;
  std::optional<std::string> loader;
};

// Keeps the programs while their layers pass by. Platforms and layers share what is equal.
class ProgramReader {
 public:
  explicit ProgramReader(fs::path folder)
      : folder_(std::move(folder)),
        elf_files_(folder_,
                   [this](const auto& file, const auto& elf, const auto& info) { keep(file, elf, info); }) {}
  ProgramReader(const ProgramReader&) = delete;
  ProgramReader& operator=(const ProgramReader&) = delete;

  std::optional<Digest> take(const TarEntry& entry, TarReader& tar) { return elf_files_.take(entry, tar); }

  const Found* program(const Digest& digest) const {
    const auto found = programs_.find(digest);
    return found == programs_.end() ? nullptr : &found->second;
  }
  const std::string* failure(const Digest& digest) const { return elf_files_.failure(digest); }

 private:
  void keep(const evidence::SpooledFile& file, const binaries::Elf& elf, const binaries::BuildInfo& info) {
    auto loader = binaries::interpreter_of(file, elf);
    if (programs_.size() == most_programs)
      throw Error(ErrorKind::limit, fmt::format("the image has more than {} Go programs", most_programs));
    const auto name = fmt::format("program-{}", programs_.size());
    AtomicFile copy(folder_);
    std::vector<std::byte> buffer(stream_buffer_size);
    while (const auto size = file.read_at(copy.size(), buffer)) copy.write(Bytes(buffer).first(size));
    copy.commit(name, AtomicFile::Durability::content);
    programs_.emplace(file.digest(), Found{folder_ / name, info, std::move(loader)});
  }

  fs::path folder_;
  evidence::ElfReader elf_files_;
  std::map<Digest, Found> programs_ = {};
};

void add_programs(const PlatformImage& image, const layers::MergedTree& tree, const ProgramReader& reader,
                  ProgramsOfImage& result) {
  std::vector<bool> has_program(image.manifest.layers.size());
  for (const auto& entry : tree.entries()) {
    const auto* content = tree.content(entry);
    const auto* found = content == nullptr ? nullptr : reader.program(*content);
    if (found == nullptr) {
      if (entry.is_file()) ++result.other_files;
      if (const auto* failure = content == nullptr ? nullptr : reader.failure(*content))
        result.not_understood.push_back(
            fmt::format("{}: {}", escaped(entry.path()), escaped(*failure, false, 1000)));
      continue;
    }
    has_program[entry.layer()] = true;
    GoProgram program{image.platform,
                      std::string(entry.path()),
                      image.manifest.layers[entry.layer()].digest,
                      *content,
                      found->file,
                      found->info};
    program.loader = found->loader;
    program.has_loader =
        found->loader &&
        tree.resolve(std::string_view(*found->loader).substr(found->loader->starts_with('/') ? 1 : 0)) !=
            nullptr;
    result.programs.push_back(std::move(program));
  }
  for (std::size_t i = 0; i < has_program.size(); ++i) {
    const auto& digest = image.manifest.layers[i].digest;
    auto& others = result.other_layers;
    if (!has_program[i] && std::find(others.begin(), others.end(), digest) == others.end())
      others.push_back(digest);
  }
}

}  // namespace

ProgramsOfImage read_programs(registry::ImageSource& source, const layers::Document& root,
                              const std::optional<layers::Platform>& only, const fs::path& folder,
                              const Limits& limits, const std::stop_token& stop) {
  ProgramReader reader(folder);
  ProgramsOfImage result;
  for (const auto& image : images_of(source, root, only)) {
    layers::MergedTree tree(limits.layer_entries);
    for (std::size_t i = 0; i < image.manifest.layers.size(); ++i) {
      const auto what = fmt::format("layer {}", image.manifest.layers[i].digest.text());
      const auto bytes = layers::decompress(source.open_blob(image.manifest.layers[i]), what, limits);
      TarReader tar(*bytes, what, {}, limits);
      tree.apply(i, tar, [&](const TarEntry& entry, TarReader& content) {
        throw_if_stopped(stop);
        return reader.take(entry, content);
      });
    }
    add_programs(image, tree, reader, result);
  }
  return result;
}

}  // namespace whittle::optimizer
