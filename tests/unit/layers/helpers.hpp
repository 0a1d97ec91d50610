// What the tests of layers/ share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "layers/compression.hpp"
#include "layers/file_tree.hpp"
#include "layers/layer_writer.hpp"

namespace whittle::test {

// `work` must throw an Error of that kind whose message has `part` in it.
template <class Work>
void expect_error(ErrorKind kind, const std::string& part, Work&& work) {
  try {
    std::forward<Work>(work)();
    ADD_FAILURE() << "no error; expected " << name_of(kind) << " with " << part;
  } catch (const Error& error) {
    EXPECT_EQ(name_of(error.kind()), name_of(kind)) << error.message();
    EXPECT_THAT(error.message(), testing::HasSubstr(part));
  }
}

inline constexpr std::size_t no_limit = 1ULL << 32U;

// Text that looks a little like a program: repetitions near and far, and runs without any. Always the same.
inline std::string sample(std::size_t size) {
  std::string text;
  text.reserve(size + 64);
  std::uint64_t state = 88172645463325252ULL;
  while (text.size() < size) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    const std::size_t length = 4 + state % 61;
    if (state % 5 < 3 && text.size() > 4096) {
      text += std::string(text, text.size() - 64 - (state >> 20U) % 4000, length);
    } else {
      for (std::size_t i = 0; i < length / 4; ++i) text += static_cast<char>(state >> (i % 8 * 8U) & 0xffU);
    }
  }
  text.resize(size);
  return text;
}

inline constexpr layers::Compression fast_gzip{layers::Compression::Format::gzip,
                                               layers::Compression::Level::fast};
inline constexpr layers::Compression fast_zstd{layers::Compression::Format::zstd,
                                               layers::Compression::Level::fast};

inline std::string compressed(const layers::Compression& compression, std::string_view text,
                              unsigned threads = 2) {
  TextSink out(no_limit, "output");
  const auto compressor = layers::make_compressor(compression, threads, out);
  compressor->write(as_bytes(text));
  compressor->finish();
  return out.take();
}

inline std::string decompressed(std::string bytes, const Limits& limits = {}) {
  const auto source = layers::decompress(std::make_unique<TextSource>(std::move(bytes)), "layer 1", limits);
  return read_all(*source, no_limit, "output");
}

// Opens the bytes as often as asked to.
inline OpenSource opening(const std::string& bytes) {
  return [bytes] { return std::make_unique<TextSource>(bytes); };
}

inline layers::FileEntry file(std::string content, std::uint32_t mode = 0644) {
  layers::FileEntry entry;
  entry.mode = mode;
  entry.size = content.size();
  entry.content = Digest::of(content);
  entry.open = [content = std::move(content)] { return std::make_unique<TextSource>(content); };
  return entry;
}

inline layers::FileEntry directory(std::uint32_t mode = 0755) {
  layers::FileEntry entry;
  entry.type = layers::FileEntry::Type::directory;
  entry.mode = mode;
  return entry;
}

inline layers::FileEntry symlink(std::string target) {
  layers::FileEntry entry;
  entry.type = layers::FileEntry::Type::symlink;
  entry.link_target = std::move(target);
  return entry;
}

inline layers::FileEntry hardlink(std::string target, std::uint32_t mode = 0644) {
  layers::FileEntry entry;
  entry.type = layers::FileEntry::Type::hardlink;
  entry.mode = mode;
  entry.link_target = std::move(target);
  return entry;
}

struct Written {
  layers::Layer layer;
  std::string bytes;
};

inline Written written(const layers::FileTree& tree, const layers::LayerOptions& options = {}) {
  TextSink out(no_limit, "layer");
  layers::Layer layer = layers::write_layer(tree, options, out, {});
  return {std::move(layer), out.take()};
}

// The tar itself.
inline std::string tar_of(const layers::FileTree& tree, std::int64_t mtime = 0) {
  return written(tree, {{layers::Compression::Format::none, layers::Compression::Level::balanced}, mtime, 1})
      .bytes;
}

}  // namespace whittle::test
