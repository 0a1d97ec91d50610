#include "tests/support/estargz_walker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "common/digest.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "layers/gzip_stream.hpp"
#include "layers/member_codec.hpp"
#include "layers/member_compressor.hpp"
#include "tests/support/json_walker.hpp"
#include "tests/support/layer_parts.hpp"
#include "tests/support/tar_walker.hpp"

namespace whittle::test {
namespace {

using Level = layers::Compression::Level;

// Written down here once more, so that changing it in layers/ is noticed.
constexpr std::uint64_t estargz_chunk_size = 4'194'304;
constexpr std::size_t estargz_footer_size = 51;

class EstargzWalker {
 public:
  explicit EstargzWalker(std::string layer) : layer_(std::move(layer)), members_(parts_of(layer_)) {}

  std::vector<std::string> walk() {
    const auto index_offset =
        std::stoull(layer_.substr(layer_.size() - estargz_footer_size + 16, 16), nullptr, 16);
    if (members_.size() < 2 || members_[members_.size() - 2].offset != index_offset) {
      found_.emplace_back("its footer does not lead to its last member");
      return std::move(found_);
    }
    headers();
    tar_ = content_of(layer_);
    TextSource source(tar_);
    listing_ = walk_tar(source);
    const std::string end = content_of(std::string_view(layer_).substr(index_offset));
    index(end);
    if (!same_bytes(index_offset)) found_.emplace_back("no level of the pinned compressor gives its bytes");
    return std::move(found_);
  }

 private:
  void headers() {
    for (const LayerPart& member : members_) {
      const bool footer = &member == &members_.back();
      for (const auto& [field, wanted] : {std::pair("mtime", "0"), std::pair("os", "255")})
        if (const auto at = member.header.find(field); at == member.header.end() || at->second != wanted)
          found_.push_back(fmt::format("the {} in the header of a member is not {}", field, wanted));
      for (const auto* absent : {"name", "comment", "extra"})
        if (member.header.count(absent) != 0 && !(footer && std::string_view(absent) == "extra"))
          found_.push_back(fmt::format("a member's header has a {}", absent));
    }
  }

  void index(const std::string& end) {
    if (listing_.entries.empty() || listing_.entries.back().path != "stargz.index.json")
      return found_.emplace_back("its last entry is not its index"), void();
    const std::string text = end.substr(512, listing_.entries.back().size);
    for (const auto& violation : json_violations(text))
      found_.push_back("its index is not canonical JSON: " + violation);
    const Json index = parse_json(text, "the index");
    if (index.at("version") != 1) found_.emplace_back("its index is of another version");
    auto entry = index.at("entries").begin();
    const auto last = index.at("entries").end();
    bool landmark = false;
    for (const TarEntry& file : listing_.entries) {
      if (&file == &listing_.entries.back()) break;
      landmark = landmark || (file.path == ".no.prefetch.landmark" && file.content == Digest::of("\x0f"));
      if (entry == last) return found_.emplace_back("its index has fewer entries than the tar"), void();
      compare(file, *entry);
      const std::uint64_t chunks =
          std::max<std::uint64_t>((file.size + estargz_chunk_size - 1) / estargz_chunk_size, 1);
      for (std::uint64_t i = 0; i < chunks && entry != last; ++i, ++entry)
        if (file.size > 0) chunk(file, *entry, i, i + 1 == chunks);
    }
    if (entry != last) found_.emplace_back("its index has more entries than the tar");
    if (!landmark) found_.emplace_back("it has no landmark");
  }

  void compare(const TarEntry& file, const Json& entry) {
    static const std::map<char, std::string> types = {{'0', "reg"},  {'1', "hardlink"}, {'2', "symlink"},
                                                      {'3', "char"}, {'4', "block"},    {'5', "dir"},
                                                      {'6', "fifo"}};
    if (entry.at("name") != file.path || entry.at("type") != types.at(file.type) ||
        entry.at("mode") != file.mode || entry.at("uid") != file.uid || entry.at("gid") != file.gid ||
        entry.value("linkName", std::string()) != file.target ||
        entry.value("size", std::uint64_t(0)) != file.size ||
        entry.contains("modtime") != (file.mtime != 0) ||
        (file.type == '0' && entry.at("digest") != file.content.text()))
      found_.push_back(fmt::format("{}: its index says something else than the tar", shown(file.path)));
  }

  // The content of a chunk, from its member on, without the rest of the layer.
  void chunk(const TarEntry& file, const Json& entry, std::uint64_t number, bool last) {
    const auto complain = [&](std::string_view why) {
      found_.push_back(fmt::format("{}: chunk {}: {}", shown(file.path), number, why));
    };
    const std::uint64_t offset = entry.at("offset");
    const auto member = std::find_if(members_.begin(), members_.end(),
                                     [&](const LayerPart& candidate) { return candidate.offset == offset; });
    if (member == members_.end()) return complain("no member begins there");
    const std::uint64_t size = std::min(estargz_chunk_size, file.size - number * estargz_chunk_size);
    if (entry.value("chunkOffset", std::uint64_t(0)) != number * estargz_chunk_size ||
        entry.value("chunkSize", std::uint64_t(0)) != (last ? 0 : estargz_chunk_size))
      complain("another part of the file");
    const std::string content = content_of(std::string_view(layer_).substr(offset, member->size));
    if (content.size() < size || Digest::of(content.substr(0, size)).text() != entry.at("chunkDigest"))
      complain("another digest");
  }

  bool same_bytes(std::uint64_t index_offset) const {
    for (const Level level : {Level::balanced, Level::fast, Level::smallest}) {
      TextSink out(largest_layer, "the layer again");
      layers::MemberCompressor compressor(layers::gzip_members(level, estargz_chunk_size), 2, out);
      std::uint64_t position = 0;
      for (std::size_t i = 0; i + 2 < members_.size(); ++i) {
        compressor.mark();
        compressor.write(as_bytes(std::string_view(tar_).substr(position, members_[i].content)));
        position += members_[i].content;
      }
      if (compressor.flush() != index_offset) continue;
      layers::GzipStream index(out);
      index.write(as_bytes(std::string_view(tar_).substr(position)));
      index.finish();
      if (out.text() == std::string_view(layer_).substr(0, layer_.size() - estargz_footer_size)) return true;
    }
    return false;
  }

  const std::string layer_;
  const std::vector<LayerPart> members_;
  std::string tar_;
  TarListing listing_;
  std::vector<std::string> found_;
};

}  // namespace

bool is_estargz(const OpenSource& open) {
  const auto last = end_of(open, estargz_footer_size);
  return last.size() == estargz_footer_size && last.substr(12, 2) == "SG" && last.substr(32, 6) == "STARGZ";
}

std::vector<std::string> estargz_violations(const OpenSource& open) {
  return EstargzWalker(bytes_of(open)).walk();
}

std::string estargz_index_digest_of(const OpenSource& open) {
  if (!is_estargz(open)) return {};
  const std::string layer = bytes_of(open);
  const std::string end = content_of(std::string_view(layer).substr(
      std::stoull(layer.substr(layer.size() - estargz_footer_size + 16, 16), nullptr, 16)));
  TextSource source(end);
  const TarListing listing = walk_tar(source);
  return listing.entries.empty() ? std::string()
                                 : Digest::of(end.substr(512, listing.entries[0].size)).text();
}

}  // namespace whittle::test
