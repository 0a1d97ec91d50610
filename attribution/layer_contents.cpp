#include "attribution/layer_contents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "attribution/program_tree.hpp"
#include "attribution/stream_hasher.hpp"
#include "binaries/elf.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/read_ahead.hpp"
#include "common/text.hpp"
#include "comparison/scratch.hpp"
#include "evidence/elf_reader.hpp"
#include "layers/compressed_positions.hpp"
#include "layers/decoders.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::attribution {
namespace {

using binaries::elf_magic;
using evidence::largest_program;  // a larger one is a file like any other
using layers::CompressedPositions;
using layers::TarEntry;
using layers::TarReader;

// Of a program that is looked into, for each layer that is read. The rest of a larger one goes through a
// file.
constexpr std::size_t kept_in_memory = 12U << 20U;  // bytes

// Hands gzip to its decoder in small pieces, after each of which it is known what the bytes that came out
// took: so finely the cost of programs is told apart. Small reads from the decoder would tell as much, but
// near the end of its room zlib decodes slowly. Pieces of 4 KiB take 3 % longer; they move what functions
// cost by 3 % in the median, packages by 1 %.
class GzipPieces final : public ByteSource {
 public:
  explicit GzipPieces(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}
  std::size_t read(MutableBytes buffer) override {
    const auto count = source_->read(is_other_ ? buffer : buffer.first(std::min(buffer.size(), piece)));
    if (is_first_) is_other_ = !layers::begins_gzip(Bytes(buffer).first(count));
    is_first_ = false;
    return count;
  }

 private:
  static constexpr std::size_t piece = 8U << 10U;
  std::unique_ptr<ByteSource> source_;
  bool is_first_ = true;
  bool is_other_ = false;  // than gzip
};

// The tar on its way from the decoder to the reader.
class Tap final : public ByteSource {
 public:
  Tap(layers::Decoder& decoder, const Digest& blob, StreamHasher& hasher, const std::stop_token& stop)
      : decoder_(decoder), blob_(blob), hasher_(hasher), stop_(stop) {}
  std::size_t read(MutableBytes buffer) override {
    throw_if_stopped(stop_);
    has_failed_ = true;
    const auto count = decoder_.read(buffer);
    has_failed_ = false;
    if (size_ == 0 && count > 0 && is_blob()) hasher_.know_whole(blob_);
    hasher_.write(Bytes(buffer).first(count));
    size_ += count;
    if (count > 0) consumed_ = decoder_.consumed_bits();
    return count;
  }
  bool has_failed() const { return has_failed_; }
  std::uint64_t size() const { return size_; }
  std::uint64_t consumed_bits() const { return consumed_; }  // for what was read so far

 private:
  // A blob that is not compressed was verified already, at the latest when its end is reached.
  bool is_blob() const {
    return decoder_.format() == layers::Compression::Format::none &&
           blob_.algorithm() == Digest::Algorithm::sha256;
  }

  layers::Decoder& decoder_;
  const Digest& blob_;
  StreamHasher& hasher_;
  const std::stop_token& stop_;
  bool has_failed_ = false;
  std::uint64_t size_ = 0;
  std::uint64_t consumed_ = 0;
};

class LayerReading {
 public:
  LayerReading(layers::Decoder& decoder, std::string what, const layers::Descriptor& descriptor,
               const ReadOptions& options)
      : decoder_(decoder),
        what_(std::move(what)),
        descriptor_(descriptor),
        options_(options),
        hasher_(options.key),
        tap_(decoder, descriptor.digest, hasher_, options_.stop),
        scratch_(options.scratch, kept_in_memory) {}

  LayerContents run() {
    read_entries();
    const auto end = here();
    (contents_.broken ? contents_.unattributed : contents_.end_of_archive) = since(last_, end);
    contents_.size = {tap_.size(), descriptor_.size};
    contents_.frame = {0, descriptor_.size - end.compressed};
    contents_.diff_id = hasher_.finish();
    contents_.format = decoder_.format();
    return std::move(contents_);
  }

 private:
  Size here() const { return {tap_.size(), tap_.consumed_bits() / 8}; }
  static Size since(const Size& begin, const Size& end) {
    return {end.raw - begin.raw, end.compressed - begin.compressed};
  }

  // A tar that cannot be read on is read to its end all the same: its digest has to hold.
  void read_entries() {
    TarReader tar(tap_, what_, {}, options_.limits);
    try {
      while (auto entry = tar.next()) take(std::move(*entry), tar);
    } catch (const Error& error) {
      const bool is_of_tar = error.kind() == ErrorKind::integrity || error.kind() == ErrorKind::unsupported;
      if (tap_.has_failed() || !is_of_tar) throw;
      contents_.broken = error.message();
      std::vector<std::byte> buffer(stream_buffer_size);
      while (tap_.read(buffer) > 0) {
      }
    }
  }

  void take(TarEntry entry, TarReader& tar) {
    LayerEntry taken{std::move(entry.path),
                     std::move(entry.target),
                     entry.type,
                     entry.mode,
                     entry.uid,
                     entry.gid,
                     entry.mtime,
                     entry.number,
                     entry.is_file() ? entry.size : 0};
    const bool is_hashed = taken.is_file() && !entry.sparse;
    if (is_hashed) hasher_.begin_stretch();
    const auto content = read_content(taken, tar);
    // The hasher fills the digest in later: the entry may not move any more.
    auto& kept = contents_.entries.emplace_back(std::move(taken));
    if (is_hashed) hasher_.end_stretch(kept.content);
    tar.finish_entry();
    kept.cost = since(last_, here());
    last_ = here();
    if (!kept.parts.empty())
      kept.parts.push_back({"tar header", Node::Kind::part, since(content, kept.cost)});
  }

  // What the content of a program costs, which is looked into; nothing of others, which are passed over.
  Size read_content(LayerEntry& entry, TarReader& tar) {
    if (!entry.is_file()) return {};
    std::array<std::byte, elf_magic.size()> beginning{};
    const CompressedPositions start(tap_.consumed_bits());
    const bool is_program = options_.detail != Detail::files && entry.size >= beginning.size() &&
                            entry.size <= largest_program && tar.read(beginning) == beginning.size() &&
                            as_text(beginning) == elf_magic;
    if (is_program) return read_program(beginning, start, entry, tar);
    std::vector<std::byte> buffer(
        static_cast<std::size_t>(std::min<std::uint64_t>(entry.size, stream_buffer_size)));
    while (!buffer.empty() && tar.read(buffer) > 0) {
    }
    return {};
  }

  Size read_program(Bytes beginning, CompressedPositions positions, LayerEntry& entry, TarReader& tar) {
    scratch_.cut(0);
    scratch_.append(beginning);
    std::vector<std::byte> buffer(stream_buffer_size);
    std::size_t filled = 0;
    std::uint64_t read = beginning.size();
    while (const auto count = tar.read(MutableBytes(buffer).subspan(filled))) {
      read += count;
      filled += count;
      positions.add(read, tap_.consumed_bits());
      if (filled < buffer.size()) continue;
      scratch_.append(buffer);
      filled = 0;
    }
    scratch_.append(Bytes(buffer).first(filled));
    const comparison::KeptAccess file({{&scratch_, 0, scratch_.size()}});
    const Size cost{read, positions.at(read) - positions.at(0)};
    const auto share =
        static_cast<double>(cost.compressed) /
        static_cast<double>(std::max({options_.image_size, cost.compressed, std::uint64_t{1}}));
    entry.parts = tree_of_elf(file, positions,
                              static_cast<std::size_t>(static_cast<double>(options_.most_nodes) * share),
                              options_.detail);
    return cost;
  }

  layers::Decoder& decoder_;
  std::string what_;
  const layers::Descriptor& descriptor_;
  const ReadOptions& options_;
  LayerContents contents_;  // before the hasher, whose thread writes to it
  StreamHasher hasher_;
  Tap tap_;
  comparison::Scratch scratch_;
  Size last_ = {};  // where the last entry ended
};

}  // namespace

LayerContents read_layer(registry::ImageSource& source, const layers::Descriptor& descriptor,
                         const std::optional<Digest>& diff_id, const ReadOptions& options) {
  const auto what = fmt::format("the layer {}", descriptor.digest.text());
  const auto decoder = layers::decompress_traced(
      std::make_unique<GzipPieces>(std::make_unique<ReadAhead>(source.open_blob(descriptor), options.stop)),
      what, options.limits);
  auto contents = LayerReading(*decoder, what, descriptor, options).run();
  const auto& actual = contents.diff_id;
  if (diff_id && diff_id->algorithm() == actual.algorithm() && actual != *diff_id)
    throw Error(ErrorKind::integrity,
                fmt::format("{} unpacks to {}, its config states {}", what, actual.text(), diff_id->text()));
  return contents;
}

std::vector<Node> nodes_of(const LayerContents& contents) {
  std::vector<Node> nodes;
  nodes.reserve(contents.entries.size() + 3);
  for (const auto& entry : contents.entries)
    nodes.push_back({entry.path.empty() ? "/" : entry.path, Node::Kind::file, entry.cost, entry.parts});
  const auto add = [&](std::string_view name, Node::Kind kind, const Size& size) {
    if (size.raw > 0 || size.compressed > 0) nodes.push_back({std::string(name), kind, size});
  };
  add("end of the archive", Node::Kind::part, contents.end_of_archive);
  add("compressor's frame", Node::Kind::part, contents.frame);
  add("unattributed", Node::Kind::unattributed, contents.unattributed);
  return nodes;
}

}  // namespace whittle::attribution
