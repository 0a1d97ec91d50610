#include "comparison/compression_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "comparison/map_difference.hpp"
#include "layers/compression.hpp"

namespace whittle::comparison {
namespace {

using Format = layers::Compression::Format;

// Parallel compressors flush after each of their blocks; the largest that any uses by default has 1 MiB.
constexpr std::uint64_t largest_block = 1U << 20U;

std::string_view name_of(Format format) {
  switch (format) {
    case Format::none:
      return "none";
    case Format::gzip:
      return "gzip";
    case Format::zstd:
      return "zstd";
  }
  return "unknown";
}

// Lets a profile see the bytes that pass. Borrows it.
class WatchedSource final : public ByteSource {
 public:
  WatchedSource(std::unique_ptr<ByteSource> inner, CompressionProfile& profile)
      : inner_(std::move(inner)), profile_(profile) {}
  std::size_t read(MutableBytes buffer) override {
    const auto count = inner_->read(buffer);
    profile_.look(Bytes(buffer).first(count));
    return count;
  }

 private:
  std::unique_ptr<ByteSource> inner_;
  CompressionProfile& profile_;
};

}  // namespace

void CompressionProfile::add(const layers::CompressedPart& part) {
  format_ = part.format;
  if (part.skippable) {
    ++skippable_;
    return;
  }
  if (parts_ == 0) {
    header_ = part.header;
    first_content_ = part.content;
  } else {
    headers_differ_ = headers_differ_ || part.header != header_;
    if (last_content_ != first_content_) ++odd_parts_;
  }
  // The last member of an eStargz layer (stargz-snapshotter, docs/estargz.md, "Footer").
  if (const auto extra = part.header.find("extra"); extra != part.header.end())
    is_estargz_ = is_estargz_ || extra->second.ends_with("STARGZ");
  ++parts_;
  last_content_ = part.content;
  content_ += part.content;
}

void CompressionProfile::look(Bytes compressed) {
  constexpr std::uint32_t mark = 0x0000ffff;
  constexpr std::ptrdiff_t before = 3;  // bytes of a mark that may lie in the pieces before
  const auto* const begin = reinterpret_cast<const unsigned char*>(compressed.data());
  const auto* const end = begin + compressed.size();
  const auto* const inside = begin + std::min(before, end - begin);
  const auto take = [this](const unsigned char* byte) { last_ = last_ << 8U | *byte; };
  for (const auto* p = begin; p < inside; ++p) {
    take(p);
    if (last_ == mark) ++flushes_;
  }
  // Behind them a mark is found by its last byte: that is faster than a look at each.
  for (const auto* p = inside; p < end; ++p) {
    p = static_cast<const unsigned char*>(std::memchr(p, 0xff, static_cast<std::size_t>(end - p)));
    if (p == nullptr) break;
    if (p[-1] == 0xff && p[-2] == 0 && p[-3] == 0) ++flushes_;
  }
  for (const auto* p = std::max(inside, end - std::min(before, end - begin)); p < end; ++p) take(p);
}

bool CompressionProfile::has_many_equal_parts() const {
  return parts_ > 1 && odd_parts_ == 0;
}

bool CompressionProfile::is_flushed() const {
  return flushes_ > 0 && flushes_ + 1 >= content_ / largest_block && content_ > 0;
}

std::string CompressionProfile::field(const std::string& name) const {
  const auto found = header_.find(name);
  return found == header_.end() ? std::string() : found->second;
}

std::map<std::string, std::string> CompressionProfile::fields() const {
  std::map<std::string, std::string> fields;
  fields["format"] = name_of(format_);
  if (format_ == Format::none) return fields;
  const std::string unit = format_ == Format::gzip ? "members" : "frames";
  for (const auto& [name, value] : header_) fields[fmt::format("{} {}", name_of(format_), name)] = value;
  fields[unit] = fmt::format("{}", parts_);
  if (parts_ > 1)
    fields[unit + " of"] = odd_parts_ == 0 ? fmt::format("{} bytes", first_content_) : "several sizes";
  if (skippable_ > 0) fields["skippable frames"] = fmt::format("{}", skippable_);
  if (format_ == Format::gzip) fields["flushed blocks"] = is_flushed() ? "yes" : "no";
  if (headers_differ_) fields["headers"] = "differ from each other";
  return fields;
}

std::string CompressionProfile::gzip_compressor() const {
  const auto os = field("os");
  if (has_many_equal_parts() && os == "255" && (first_content_ == 128U << 10U || first_content_ == 1U << 20U))
    return "whittle (libdeflate)";
  if (is_estargz_) return "an eStargz compressor";
  if (parts_ > 1) return "a compressor that writes several members (as bgzip does)";
  if (os == "3") return is_flushed() ? "pigz" : "gzip or another program on zlib";
  if (os == "255" && is_flushed()) return "pgzip, a parallel gzip in Go (skopeo, buildah, podman)";
  if (os == "255" && field("mtime") == "0") return "Go's compress/gzip or one like it (docker, ko, crane)";
  return "a gzip compressor of its own";
}

std::string CompressionProfile::zstd_compressor() const {
  if (has_many_equal_parts() && first_content_ == 1U << 20U) return "whittle (zstd frames)";
  if (parts_ > 1 || skippable_ > 0) return "a zstd compressor that writes several frames (as zstd:chunked)";
  const auto content = field("content-size");
  return field("checksum") == "yes" && content == "stated" ? "zstd's command line on a file"
                                                           : "zstd in a stream";
}

std::string CompressionProfile::compressor() const {
  switch (format_) {
    case Format::none:
      return "none";
    case Format::gzip:
      return gzip_compressor();
    case Format::zstd:
      return zstd_compressor();
  }
  return "unknown";
}

std::unique_ptr<ByteSource> decompress(std::unique_ptr<ByteSource> in, std::string what, const Limits& limits,
                                       CompressionProfile& profile) {
  return layers::decompress_traced(std::make_unique<WatchedSource>(std::move(in), profile), std::move(what),
                                   limits,
                                   [&profile](const layers::CompressedPart& part) { profile.add(part); });
}

void compare_compression(const CompressionProfile& a, const CompressionProfile& b, bool contents_equal,
                         const Where& where, Findings& findings) {
  if (contents_equal || a.compressor() != b.compressor())
    findings.add(
        {where, "compressor", a.compressor(), b.compressor(), contents_equal ? "contents equal" : ""});
  compare_maps(a.fields(), b.fields(), "compression", where, findings);
}

}  // namespace whittle::comparison
