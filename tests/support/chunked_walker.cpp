#include "tests/support/chunked_walker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "common/base64.hpp"
#include "common/digest.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "layers/member_codec.hpp"
#include "layers/member_compressor.hpp"
#include "tests/support/json_walker.hpp"
#include "tests/support/layer_parts.hpp"
#include "tests/support/tar_walker.hpp"

namespace whittle::test {
namespace {

using Level = layers::Compression::Level;

// Written down here once more, so that changing it in layers/ is noticed.
constexpr std::uint64_t zstd_chunk_size = 1'048'576;
constexpr std::size_t zstd_footer_size = 64;
constexpr std::size_t frame_head = 8;
const std::string annotation = "io.github.containers.zstd-chunked.";

bool has_footer(std::string_view end) {
  return end.size() == zstd_footer_size && end.substr(56) == "GNUlInUx";
}

class ChunkedWalker {
 public:
  ChunkedWalker(std::string layer, const layers::Annotations& annotations)
      : layer_(std::move(layer)), annotations_(annotations) {}

  std::vector<std::string> walk() {
    if (!has_footer(
            std::string_view(layer_).substr(layer_.size() - std::min(layer_.size(), zstd_footer_size))))
      return {"it has no footer"};
    frames_ = parts_of(layer_);
    const bool three =
        frames_.size() > 3 &&
        std::all_of(frames_.end() - 3, frames_.end(), [](const LayerPart& frame) { return frame.skippable; });
    if (!three ||
        std::count_if(frames_.begin(), frames_.end(), [](auto& frame) { return frame.skippable; }) != 3)
      return {"it does not end in three frames that are skipped, the only ones"};
    footer();
    if (!found_.empty()) return std::move(found_);
    tar_ = content_of(layer_);
    TextSource source(tar_);
    listing_ = walk_tar(source);
    index();
    tar_split();
    if (!same_bytes()) found_.emplace_back("no level of the pinned compressor gives its bytes");
    return std::move(found_);
  }

 private:
  std::uint64_t number(std::size_t at) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
      value |=
          std::uint64_t(static_cast<unsigned char>(layer_[layer_.size() - zstd_footer_size + 8 * at + i]))
          << 8 * i;
    return value;
  }
  std::string stated(const std::string& name) const {
    const auto found = annotations_.find(annotation + name);
    return found == annotations_.end() ? std::string() : found->second;
  }
  std::string_view part(const LayerPart& frame) const {
    return std::string_view(layer_).substr(frame.offset + frame_head, frame.size - frame_head);
  }

  void footer() {
    const LayerPart& index = frames_[frames_.size() - 3];
    const LayerPart& tar_split = frames_[frames_.size() - 2];
    index_ = content_of(part(index));
    tar_split_ = content_of(part(tar_split));
    const auto check = [&](const LayerPart& frame, std::size_t first, std::size_t uncompressed,
                           std::size_t at_size) {
      if (number(first) != frame.offset + frame_head || number(first + 1) != frame.size - frame_head ||
          number(at_size) != uncompressed)
        found_.emplace_back("its footer leads elsewhere");
    };
    check(index, 0, index_.size(), 2);
    check(tar_split, 4, tar_split_.size(), 6);
    if (number(3) != 1) found_.emplace_back("its footer is of another type");
    if (stated("manifest-checksum") != Digest::of(part(index)).text())
      found_.emplace_back("its index has another digest");
    if (stated("manifest-position") != fmt::format("{}:{}:{}:1", number(0), number(1), number(2)) ||
        stated("tarsplit-position") != fmt::format("{}:{}:{}", number(4), number(5), number(6)))
      found_.emplace_back("its annotations lead elsewhere than its footer");
  }

  void index() {
    for (const auto& violation : json_violations(index_))
      found_.push_back("its index is not canonical JSON: " + violation);
    const Json index = parse_json(index_, "the index");
    if (index.at("version") != 1) found_.emplace_back("its index is of another version");
    if (index.at("tarSplitDigest") != Digest::of(part(frames_[frames_.size() - 2])).text())
      found_.emplace_back("its index names another tar-split");
    auto entry = index.at("entries").begin();
    const auto last = index.at("entries").end();
    for (const TarEntry& file : listing_.entries) {
      if (entry == last) return found_.emplace_back("its index has fewer entries than the tar"), void();
      compare(file, *entry);
      const auto end = entry->value("endOffset", std::uint64_t(0));
      const std::uint64_t chunks =
          std::max<std::uint64_t>((file.size + zstd_chunk_size - 1) / zstd_chunk_size, 1);
      std::string content;
      for (std::uint64_t i = 0; i < chunks && entry != last; ++i, ++entry)
        if (file.size > 0) content += chunk(file, *entry, i, chunks, end);
      contents_[file.path] = content;
    }
    if (entry != last) found_.emplace_back("its index has more entries than the tar");
  }

  void compare(const TarEntry& file, const Json& entry) {
    static const std::map<char, std::string> types = {{'0', "reg"},  {'1', "hardlink"}, {'2', "symlink"},
                                                      {'3', "char"}, {'4', "block"},    {'5', "dir"},
                                                      {'6', "fifo"}};
    const bool has_content = file.type == '0' && file.size > 0;
    if (entry.at("name") != file.path || entry.at("type") != types.at(file.type) ||
        entry.at("mode") != file.mode || entry.at("uid") != file.uid || entry.at("gid") != file.gid ||
        entry.value("linkName", std::string()) != file.target ||
        entry.value("size", std::uint64_t(0)) != file.size ||
        entry.contains("modtime") != (file.mtime != 0) ||
        entry.value("digest", std::string()) != (has_content ? file.content.text() : ""))
      found_.push_back(fmt::format("{}: its index says something else than the tar", shown(file.path)));
  }

  // The content of a chunk, which is that of one frame.
  std::string chunk(const TarEntry& file, const Json& entry, std::uint64_t number, std::uint64_t chunks,
                    std::uint64_t end) {
    const auto complain = [&](std::string_view why) {
      found_.push_back(fmt::format("{}: chunk {}: {}", shown(file.path), number, why));
      return std::string();
    };
    const std::uint64_t offset = entry.at("offset");
    const auto frame = std::find_if(frames_.begin(), frames_.end(),
                                    [&](const LayerPart& one) { return one.offset == offset; });
    if (frame == frames_.end()) return complain("no frame begins there");
    const std::uint64_t size = std::min(zstd_chunk_size, file.size - number * zstd_chunk_size);
    if (entry.value("chunkOffset", std::uint64_t(0)) != number * zstd_chunk_size ||
        entry.value("chunkSize", std::uint64_t(0)) != (chunks == 1 ? 0 : size))
      return complain("another part of the file");
    auto content = content_of(std::string_view(layer_).substr(offset, frame->size));
    if (content.size() != size) return complain("a frame that ends elsewhere");
    if (chunks > 1 && Digest::of(content).text() != entry.at("chunkDigest"))
      return complain("another digest");
    if (number + 1 == chunks && frame->offset + frame->size != end)
      return complain("the file ends elsewhere");
    return content;
  }

  void tar_split() {
    std::string tar;
    std::istringstream lines(tar_split_);
    int position = 0;
    for (std::string line; std::getline(lines, line);) {
      const Json entry = parse_json(line, "the tar-split");
      if (entry.at("position") != position++) found_.emplace_back("its tar-split is out of order");
      if (entry.at("type") == 2)
        tar += base64_decoded(entry.at("payload").get<std::string>()).value();
      else if (entry.contains("size"))
        tar += contents_[entry.at("name").get<std::string>()];
    }
    if (tar != tar_) found_.emplace_back("its tar-split and files give another tar");
  }

  static std::string again(Level level, std::string_view content) {
    TextSink out(largest_layer, "a part again");
    layers::MemberCompressor compressor(layers::zstd_frames(level), 2, out);
    compressor.write(as_bytes(content));
    compressor.finish();
    return out.take();
  }

  bool same_bytes() const {
    for (const Level level : {Level::balanced, Level::fast, Level::smallest}) {
      TextSink out(largest_layer, "the layer again");
      layers::MemberCompressor compressor(layers::zstd_frames(level), 2, out);
      std::uint64_t position = 0;
      for (std::size_t i = 0; i + 3 < frames_.size(); ++i) {
        compressor.mark();
        compressor.write(as_bytes(std::string_view(tar_).substr(position, frames_[i].content)));
        position += frames_[i].content;
      }
      compressor.flush();
      if (out.text() == std::string_view(layer_).substr(0, frames_[frames_.size() - 3].offset) &&
          again(level, index_) == part(frames_[frames_.size() - 3]) &&
          again(level, tar_split_) == part(frames_[frames_.size() - 2]))
        return true;
    }
    return false;
  }

  const std::string layer_;
  const layers::Annotations& annotations_;
  std::vector<LayerPart> frames_;
  std::string index_;
  std::string tar_split_;
  std::string tar_;
  TarListing listing_;
  std::map<std::string, std::string> contents_;
  std::vector<std::string> found_;
};

}  // namespace

bool is_chunked(const OpenSource& open) {
  return has_footer(end_of(open, zstd_footer_size));
}

std::vector<std::string> chunked_violations(const OpenSource& open, const layers::Annotations& annotations) {
  return ChunkedWalker(bytes_of(open), annotations).walk();
}

}  // namespace whittle::test
