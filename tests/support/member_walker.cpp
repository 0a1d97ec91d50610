#include "tests/support/member_walker.hpp"

#include <fmt/format.h>

#include <set>

#include "common/digest.hpp"
#include "layers/compressed_part.hpp"
#include "layers/compression.hpp"
#include "tests/support/estargz_walker.hpp"

namespace whittle::test {
namespace {

using layers::CompressedPart;
using layers::Compression;
using Format = Compression::Format;
using Level = Compression::Level;

// Written down here once more, so that changing them in layers/ is noticed.
std::uint64_t member_size(const Compression& compression) {
  const bool small = compression.format == Format::gzip && compression.level != Level::smallest;
  return small ? 131'072 : 1'048'576;
}

class MemberWalker {
 public:
  explicit MemberWalker(const OpenSource& open) : open_(open) {}

  std::vector<std::string> walk() {
    if (is_estargz(open_)) return estargz_violations(open_);
    CountingSink content;
    const auto decoder =
        layers::decompress_traced(open_(), "it", {}, [this](const CompressedPart& part) { look_at(part); });
    pump(*decoder, content);
    format_ = decoder->format();
    if (format_ == Format::none) return {};
    if (compare()) return std::move(found_);
    // Where nothing says why, it is the compressor.
    if (found_.empty()) found_.emplace_back("no level of the pinned compressor gives its bytes");
    return std::move(found_);
  }

 private:
  void look_at(const CompressedPart& part) {
    if (part.skippable) found_.emplace_back("it has a frame without content");
    const auto expect = [&](const char* field, std::string_view wanted) {
      const auto found = part.header.find(field);
      const std::string_view actual = found == part.header.end() ? std::string_view() : found->second;
      if (actual != wanted)
        found_.push_back(
            fmt::format("the {} in the header of a member is \"{}\", not \"{}\"", field, actual, wanted));
    };
    if (part.format == Format::gzip) {
      expect("mtime", "0");
      expect("os", "255");
      for (const auto* absent : {"name", "comment", "extra"}) expect(absent, "");
    } else if (!part.skippable) {
      expect("checksum", "yes");
      expect("content-size", "stated");
    }
    // All but the last are full.
    if (last_size_) full_sizes_.insert(*last_size_);
    last_size_ = part.content;
  }

  bool fits(std::uint64_t size) const {
    return last_size_.value_or(0) <= size &&
           (full_sizes_.empty() || (full_sizes_.size() == 1 && *full_sizes_.begin() == size));
  }

  // Whether compressing the content again gives the same bytes, at the level whose members fit.
  bool compare() {
    const Digest actual = digest_of_layer();
    bool any = false;
    for (const Level level : {Level::balanced, Level::fast, Level::smallest}) {
      const Compression compression{format_, level};
      if (!fits(member_size(compression))) continue;
      any = true;
      if (again(compression) == actual) return true;
    }
    if (!any) found_.emplace_back("its members are not of the one size that the level has");
    return false;
  }

  Digest digest_of_layer() const {
    const auto source = open_();
    Hasher hasher;
    pump(*source, hasher);
    return hasher.finish();
  }

  Digest again(const Compression& compression) const {
    Hasher hasher;
    const auto decoder = layers::decompress(open_(), "it");
    const auto compressor = layers::make_compressor(compression, 2, hasher);
    pump(*decoder, *compressor);
    compressor->finish();
    return hasher.finish();
  }

  const OpenSource& open_;
  Format format_ = Format::none;
  std::optional<std::uint64_t> last_size_;
  std::set<std::uint64_t> full_sizes_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> member_violations(const OpenSource& open) {
  return MemberWalker(open).walk();
}

}  // namespace whittle::test
