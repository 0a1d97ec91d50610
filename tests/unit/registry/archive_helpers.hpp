// What the tests of archives share: images that Docker could run, and reading what was written.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "layers/compression.hpp"
#include "layers/config.hpp"
#include "registry/archive.hpp"
#include "tests/support/hostile_tar.hpp"
#include "tests/support/tar_walker.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {

inline std::string gzipped(std::string_view text) {
  TextSink out(1U << 30U, "output");
  const auto compressor = layers::make_compressor({layers::Compression::Format::gzip}, 1, out);
  compressor->write(as_bytes(text));
  compressor->finish();
  return out.take();
}

inline std::string config_text(const std::vector<std::string>& layers,
                               const std::string& architecture = "amd64") {
  std::string diff_ids;
  for (const auto& layer : layers)
    diff_ids += (diff_ids.empty() ? "\"" : ",\"") + Digest::of(layer).text() + '"';
  return fmt::format(
      R"({{"architecture":"{}","config":{{}},"os":"linux","rootfs":{{"type":"layers","diff_ids":[{}]}}}})",
      architecture, diff_ids);
}

// An image whose configuration states the diffIDs of its layers, compressed unless that is not wanted.
inline layers::Document add_runnable(MemoryImage& into, const std::vector<std::string>& layers,
                                     bool compressed = true, const std::string& architecture = "amd64") {
  layers::Manifest manifest{
      std::string(layers::media_type::oci_manifest),
      into.add_blob(std::string(layers::media_type::oci_config), config_text(layers, architecture)),
      {}};
  for (const auto& layer : layers)
    manifest.layers.push_back(
        compressed ? into.add_blob(std::string(layers::media_type::oci_layer_gzip), gzipped(layer))
                   : into.add_blob(std::string(layers::media_type::oci_layer), layer));
  auto document = layers::write_manifest(manifest);
  into.add_document(document);
  return document;
}

inline MemoryImage runnable(const std::vector<std::string>& layers = {"layer one", "layer two"},
                            bool compressed = true) {
  MemoryImage image;
  image.set_root(add_runnable(image, layers, compressed));
  return image;
}

// An OCI layout in a tar, as entries that a test can put in any order.
inline std::map<std::string, std::string> layout_entries(MemoryImage& image, const std::string& tag = "1.4") {
  const auto root = image.root();
  auto entry = root.descriptor();
  if (!tag.empty()) entry.annotations["org.opencontainers.image.ref.name"] = tag;
  std::map<std::string, std::string> files = {
      {"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"},
      {"index.json", canonical({{"schemaVersion", 2}, {"manifests", Json::array({to_json(entry)})}})},
      {"blobs/sha256/" + std::string(root.digest.hex()), root.bytes}};
  const auto manifest = layers::parse_manifest(root, "the manifest");
  const auto add = [&](const layers::Descriptor& blob) {
    files["blobs/sha256/" + std::string(blob.digest.hex())] = read_blob(image, blob);
  };
  add(manifest.config);
  for (const auto& layer : manifest.layers) add(layer);
  return files;
}

inline HostileTar tar_of(const std::map<std::string, std::string>& files, const std::string& prefix = {}) {
  HostileTar tar;
  for (const auto& [path, content] : files) tar.file(prefix + path, content);
  return tar;
}

// A place under which `copy` put everything that the image has.
inline void expect_holds(registry::ImageSource& source, registry::ImageSource& expected) {
  const auto root = source.root();
  EXPECT_EQ(root.digest, expected.root().digest);
  EXPECT_EQ(root.bytes, expected.root().bytes);
  const auto manifest = layers::parse_manifest(root, "the manifest");
  EXPECT_EQ(read_blob(source, manifest.config), read_blob(expected, manifest.config));
  for (const auto& layer : manifest.layers) EXPECT_EQ(read_blob(source, layer), read_blob(expected, layer));
}

class ArchivePlaceTest : public PlaceTest {
 protected:
  std::filesystem::path file() const { return path() / "image.tar"; }
  std::string place(const std::string& form, const std::string& rest = {}) const {
    return form + ':' + file().native() + rest;
  }
  void write(const std::string& text) const { write_file(file(), text, AtomicFile::Durability::content); }
  std::string written() const { return read_file(file(), 1U << 30U); }
  std::vector<std::string> names_in_folder() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path()))
      names.push_back(entry.path().filename());
    return names;
  }
  // What the archive has at a path; the archive itself must be what any reader accepts.
  std::string member(const std::string& name) const {
    const auto text = written();
    FileSource source(file());
    const auto listing = walk_tar(source);
    EXPECT_THAT(listing.violations, testing::IsEmpty());
    const auto archive = registry::Archive::open({file(), -1, path() / "scratch"});
    return archive->read(name, 1U << 20U).value_or("(absent)");
  }
};

}  // namespace whittle::test
