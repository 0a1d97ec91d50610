#include "evidence/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "binaries/build_info.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/read_ahead.hpp"
#include "common/text.hpp"
#include "evidence/elf_reader.hpp"
#include "evidence/go_components.hpp"
#include "evidence/licence.hpp"
#include "evidence/package_database.hpp"
#include "evidence/well_known_files.hpp"
#include "layers/compression.hpp"
#include "layers/entry_content.hpp"
#include "layers/merged_tree.hpp"

namespace whittle::evidence {
namespace {

using layers::MergedEntry;
using layers::MergedTree;
using layers::TarEntry;
using layers::TarReader;

// Reads files while their layers pass by, and keeps what they say by the digest of their bytes: which of them
// count is known when all layers are there.
class FileReader {
 public:
  FileReader(const std::filesystem::path& scratch, const ElfReader::OnProgram& on_program)
      : elf_files_(scratch, [this, on_program](const auto& file, const auto& elf, const auto& info) {
          programs_.emplace(file.digest(), info);
          if (on_program) on_program(file, elf, info);
        }) {}
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  std::optional<Digest> take(const TarEntry& entry, TarReader& tar) {
    const auto kind = kind_of_file(entry.path);
    return kind ? take_text(*kind, entry, tar) : elf_files_.take(entry, tar);
  }

  // What is known of the content with that digest; nullptr when nothing is.
  const binaries::BuildInfo* program(const Digest& content) const { return known(programs_, content); }
  const std::vector<Component>* packages(const Digest& content) const { return known(packages_, content); }
  const std::string* text(const Digest& content) const { return known(texts_, content); }
  const std::string* failure(const Digest& content) const {
    const auto* failure = elf_files_.failure(content);
    return failure == nullptr ? known(failures_, content) : failure;
  }

 private:
  template <class Value>
  static const Value* known(const std::map<Digest, Value>& values, const Digest& content) {
    const auto found = values.find(content);
    return found == values.end() ? nullptr : &found->second;
  }

  Digest take_text(FileKind kind, const TarEntry& entry, TarReader& tar) {
    const auto limit =
        kind == FileKind::copyright || kind == FileKind::os_release ? largest_text : largest_database;
    if (entry.size > limit) {
      const auto digest = digest_of_place(entry);
      failures_.emplace(digest, fmt::format("it has more than {}", human_size(limit)));
      return digest;
    }
    layers::EntryContent content(tar);
    const auto bytes = read_all(content, limit, "a file of the image");
    const auto digest = Digest::of(bytes);
    try {
      const auto what = "it";
      if (kind == FileKind::dpkg) packages_.emplace(digest, dpkg_packages(bytes, what));
      if (kind == FileKind::apk) packages_.emplace(digest, apk_packages(bytes, what));
      if (kind == FileKind::copyright) texts_.emplace(digest, licence_of_copyright(bytes));
      if (kind == FileKind::os_release) texts_.emplace(digest, distribution_of(bytes));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::integrity && error.kind() != ErrorKind::unsupported &&
          error.kind() != ErrorKind::limit)
        throw;
      failures_.emplace(digest, error.message());
    }
    return digest;
  }

  ElfReader elf_files_;
  std::map<Digest, binaries::BuildInfo> programs_;
  std::map<Digest, std::vector<Component>> packages_;
  std::map<Digest, std::string> texts_;     // a licence, a distribution
  std::map<Digest, std::string> failures_;  // of texts
};

// Puts together what the files that are left at the end have said.
class Compilation {
 public:
  Compilation(const MergedTree& tree, const FileReader& files, const CatalogueHooks& hooks)
      : tree_(tree), files_(files), hooks_(hooks) {}

  Catalogue take() {
    for (const auto& entry : tree_.entries()) {
      const auto* content = tree_.content(entry);
      if (content == nullptr) continue;
      const auto path = entry.path();
      if (const auto* failure = files_.failure(*content))
        catalogue_.warnings.push_back(
            fmt::format("nothing is known of {}: {}", shown(path), escaped(*failure, false, 1000)));
      if (const auto* info = files_.program(*content)) {
        add(components_of(*info, std::string(path), *content));
        tell(path, entry);
      }
      if (path.starts_with(dpkg_folder)) add_packages(path, &entry);
    }
    for (const auto path : single_databases) add_packages(path, tree_.resolve(path));
    settle(catalogue_.components);
    return std::move(catalogue_);
  }

 private:
  void tell(std::string_view path, const MergedEntry& entry) const {
    if (hooks_.on_origin) hooks_.on_origin(as_utf8(path), entry.layer());
  }
  void add(std::vector<Component> components) {
    for (auto& component : components) catalogue_.components.push_back(std::move(component));
    if (catalogue_.components.size() > most_components)
      throw Error(ErrorKind::limit, fmt::format("the image has more than {} components", most_components));
  }

  void add_packages(std::string_view path, const MergedEntry* entry) {
    const auto* content = entry == nullptr ? nullptr : tree_.content(*entry);
    const auto* packages = content == nullptr ? nullptr : files_.packages(*content);
    if (packages == nullptr) return;
    tell(path, *entry);
    auto found = *packages;
    for (auto& package : found) {
      const bool deb = package.kind == Component::Kind::deb;
      package.distribution = distribution(deb ? "debian" : "alpine");
      if (deb) package.licence = text_of(fmt::format("usr/share/doc/{}/copyright", package.name));
      package.origins.emplace(path);
    }
    add(std::move(found));
  }

  std::string text_of(std::string_view path) const {
    const auto* entry = tree_.resolve(path);
    const auto* content = entry == nullptr ? nullptr : tree_.content(*entry);
    const auto* text = content == nullptr ? nullptr : files_.text(*content);
    return text == nullptr ? std::string() : *text;
  }
  std::string distribution(std::string_view usual) const {
    for (const auto path : os_releases)
      if (auto text = text_of(path); !text.empty()) return text;
    return std::string(usual);
  }

  const MergedTree& tree_;
  const FileReader& files_;
  const CatalogueHooks& hooks_;
  Catalogue catalogue_;
};

}  // namespace

Catalogue read_catalogue(registry::ImageSource& image, const layers::Manifest& manifest,
                         const CatalogueOptions& options) {
  FileReader files(options.scratch, options.hooks.on_program);
  MergedTree tree(options.limits.layer_entries);
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    const auto what = fmt::format("layer {}", manifest.layers[i].digest.text());
    auto blob = std::make_unique<ReadAhead>(image.open_blob(manifest.layers[i]), options.stop);
    ReadAhead bytes(layers::decompress(std::move(blob), what, options.limits), options.stop);
    TarReader tar(bytes, what, {}, options.limits);
    tree.apply(i, tar, [&](const TarEntry& entry, TarReader& content) {
      throw_if_stopped(options.stop);
      return files.take(entry, content);
    });
  }
  return Compilation(tree, files, options.hooks).take();
}

void add_base_image(const layers::Annotations& annotations, Catalogue& catalogue) {
  const auto name = annotations.find("org.opencontainers.image.base.name");
  const auto digest = annotations.find("org.opencontainers.image.base.digest");
  if (name == annotations.end() || digest == annotations.end()) return;
  Component base{.kind = Component::Kind::base_image, .name = as_utf8(name->second)};
  try {
    base.digest = Digest::parse(digest->second);
  } catch (const Error&) {
    catalogue.warnings.push_back(
        fmt::format("the base image is named with {}, which is no digest", shown(digest->second)));
  }
  catalogue.components.push_back(std::move(base));
  settle(catalogue.components);
}

}  // namespace whittle::evidence
