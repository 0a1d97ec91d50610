// What a layer consists of, entry by entry, and what each part takes of the compressed blob.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "attribution/node.hpp"
#include "attribution/program_tree.hpp"
#include "common/content_tag.hpp"
#include "common/digest.hpp"
#include "common/limits.hpp"
#include "layers/compression.hpp"
#include "layers/descriptor.hpp"
#include "registry/image_io.hpp"

namespace whittle::attribution {

// A tar entry with all that is there for it: its headers, extended ones too, its content, its padding.
struct LayerEntry {
  std::string path = {};  // without a leading slash; "" is the root
  std::string target = {};
  char type = '0';  // as in layers::TarEntry
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int64_t mtime = 0;  // seconds
  std::uint64_t number = 0;
  std::uint64_t size = 0;  // of the content, bytes
  Size cost = {};
  // Of a file that is not sparse, a ContentTag: equal where the bytes are, among layers that were read with
  // the same key.
  std::optional<Digest> content = {};
  std::vector<Node> parts = {};  // of an ELF file, which add up to `cost`

  bool is_file() const { return type < '1' || type > '6'; }
};

struct LayerContents {
  Size size = {};
  Digest diff_id = Digest::of(std::string_view());
  layers::Compression::Format format = layers::Compression::Format::none;
  // In the order of the archive. These and the three sizes below add up to `size`.
  std::deque<LayerEntry> entries = {};
  Size end_of_archive = {};
  Size frame = {};  // of the compressor, behind the last byte of the tar
  Size unattributed = {};
  std::optional<std::string> broken = {};  // why there are no more entries; for people, escaped
};

struct ReadOptions {
  Limits limits = {};
  std::filesystem::path scratch = {};  // a folder for files without a name; made when it is needed
  // Nodes below programs, by how much of `image_size` compressed bytes a program takes.
  std::size_t most_nodes = 50'000;
  std::uint64_t image_size = 0;
  std::stop_token stop = {};
  Detail detail = Detail::functions;  // of programs
  ContentKey key = ContentKey::random();
};

// Reads the layer once. Error(integrity) for a blob or tar that contradicts its digest or length, `diff_id`
// included (hostile groups C and D); Error(limit). A tar that lies is read as far as it makes sense, the rest
// is unattributed. Three threads: one reads and verifies the blob, one hashes, the caller decodes. Memory:
// 200 bytes per entry and what tree_of_elf() takes. Any number at a time.
LayerContents read_layer(registry::ImageSource& source, const layers::Descriptor& descriptor,
                         const std::optional<Digest>& diff_id, const ReadOptions& options);

// The layer's tree: its files and what is there beside them. Not sorted.
std::vector<Node> nodes_of(const LayerContents& contents);

}  // namespace whittle::attribution
