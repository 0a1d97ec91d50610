// The decoders behind decompress(): each reads all members or frames of its format from `in`, to the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "layers/compressed_part.hpp"
#include "layers/compression.hpp"

namespace whittle::layers {

// Compressed input that can be looked at before it is consumed. Owns the source.
class DecoderInput {
 public:
  explicit DecoderInput(std::unique_ptr<ByteSource> source)
      : source_(std::move(source)), buffer_(stream_buffer_size) {}

  // The bytes that are there, at least `wanted` of them unless the source ends before. Valid until the next
  // call.
  Bytes peek(std::size_t wanted);
  void consume(std::size_t count) { start_ += count; }
  // Bytes taken from the source so far.
  std::uint64_t taken() const { return taken_; }
  // Those of them that were consumed.
  std::uint64_t consumed() const { return taken_ - (end_ - start_); }

 private:
  std::unique_ptr<ByteSource> source_;
  std::vector<std::byte> buffer_;
  std::size_t start_ = 0;
  std::size_t end_ = 0;
  std::uint64_t taken_ = 0;
  bool ended_ = false;
};

// Borrow `in`; name `what` in errors; tell `on_part`, unless it is empty, of each member or frame.
std::unique_ptr<Decoder> make_gzip_decoder(DecoderInput& in, std::string what);
std::unique_ptr<Decoder> make_traced_gzip_decoder(DecoderInput& in, std::string what, OnPart on_part);
std::unique_ptr<Decoder> make_zstd_decoder(DecoderInput& in, std::string what, std::uint64_t window,
                                           OnPart on_part = {});
bool begins_zstd(Bytes bytes);  // a frame or a skippable one
bool begins_gzip(Bytes bytes);

// Bytes. An extra field has at most 64 KiB; name and comment have no end in the format (hostile case 97).
inline constexpr std::uint64_t longest_gzip_header = 128U << 10U;

}  // namespace whittle::layers
