// Archives for the targets that read them. A checksum in each header would refuse nearly every mutation, so
// an input is a text that a tar is made of: a line `TYPE PATH` or `TYPE PATH -> TARGET` for each entry, then
// its content up to a line `%%`. An input that does not begin with `tar\n` is an archive as it is.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "layers/tar_header.hpp"
#include "registry/archive.hpp"
#include "registry/image_io.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {

inline std::string archive_of(std::string_view input) {
  static constexpr std::string_view mark = "tar\n";
  if (!input.starts_with(mark)) return std::string(input);
  input.remove_prefix(mark.size());
  std::string tar;
  while (!input.empty()) {
    auto line = take_line(input);
    const auto end = input.find("\n%%\n");
    const auto content = input.substr(0, end);
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 4);
    if (line.size() < 3) continue;
    layers::TarHeader header;
    header.type = line[0];
    line.remove_prefix(2);
    const auto arrow = line.find(" -> ");
    header.path = line.substr(0, arrow);
    if (arrow != std::string_view::npos) header.target = line.substr(arrow + 4);
    const bool has_content = header.type == '0';
    header.size = has_content ? content.size() : 0;
    tar += layers::tar_header(header);
    if (has_content) tar.append(content).append(layers::tar_padding(content.size()));
  }
  return tar.append(layers::tar_end());
}

// Opens the archive of an input as a place reads it. The file is the process's own and used again.
inline std::shared_ptr<const registry::Archive> open_archive(std::string_view input) {
  static const TemporaryFolder folder(std::filesystem::temp_directory_path());
  write_file(folder.path() / "archive", archive_of(input), AtomicFile::Durability::content);
  return registry::Archive::open({folder.path() / "archive", -1, folder.path()});
}

// Reads all that an image of an archive has. What can be read is what its digest says.
inline void read_image(registry::ImageSource& image) {
  const auto root = parsed([&] { return image.root(); });
  if (!root) return;
  require(Digest::of(root->bytes) == root->digest || root->digest.algorithm() != Digest::Algorithm::sha256,
          "a document has the digest that it is called by");
  require(image.root().bytes == root->bytes, "an image has one root");
  if (!layers::media_type::is_manifest(root->media_type)) return;
  const auto manifest = parsed([&] { return layers::parse_manifest(*root, "the manifest"); });
  if (!manifest) return;
  const auto read = [&](const layers::Descriptor& blob) {
    parsed([&] {
      const auto source = image.open_blob(blob);
      const auto bytes = read_all(*source, 1U << 20U, "a blob");
      require(bytes.size() == blob.size, "a blob has the size that it is called by");
      return true;
    });
  };
  read(manifest->config);
  for (const auto& layer : manifest->layers) read(layer);
}

}  // namespace whittle::fuzz
