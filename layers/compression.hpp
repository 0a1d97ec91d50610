// Compressors whose bytes depend on the input and the settings alone: not on threads, timing or the machine.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/limits.hpp"
#include "layers/member_memory.hpp"

namespace whittle::layers {

struct Compression {
  enum class Format { none, gzip, zstd };
  enum class Level { fast, balanced, smallest };
  Format format = Format::gzip;
  Level level = Level::balanced;
  // Files can be read without the rest: eStargz of gzip (estargz_layer.hpp), zstd:chunked of zstd
  // (chunked_layer.hpp). Of layers alone.
  bool by_file = false;
  auto operator<=>(const Compression&) const = default;

  // Everything that decides the bytes, for cache keys and provenance: library, its version, level, member
  // size.
  std::string identity() const;
  std::string_view layer_media_type() const;
  // As the spec has it: "gzip", "zstd", "estargz", "zstd:chunked", "none".
  std::string_view format_name() const;
};

// Compresses what is written. finish() must be called; the destructor completes nothing.
class Compressor : public ByteSink {
 public:
  virtual void finish() = 0;
  // The full members that were written, in order; to be asked for after finish(). Only those of a compressor
  // with a memory are known.
  virtual std::vector<Member> take_members() = 0;
};

// Compresses in members (gzip) or frames (zstd) of a fixed size of input on up to `threads` threads and
// writes them to `out` in order. Memory is bounded by the number of threads, not by the input. Borrows `out`,
// which is only written to by the thread that calls write() and finish(). A memory, which is borrowed as
// well, is asked for each full member before that is compressed.
std::unique_ptr<Compressor> make_compressor(const Compression& compression, unsigned threads, ByteSink& out,
                                            MemberMemory* memory = nullptr);

class Decoder : public ByteSource {
 public:
  // What the bytes turned out to be; to be asked after the first read().
  virtual Compression::Format format() const = 0;
  // What the bytes given out so far took of the compressed ones, in bits: it never goes back, and at the end
  // it is eight times the size of `in`. Of decompress_traced() alone it is near enough to the truth to be
  // told by file. gzip: exact, whatever is read at once. zstd: exact between blocks, by share within one.
  virtual std::uint64_t consumed_bits() const = 0;
};

struct CompressedPart;

// Decodes gzip, zstd or plain bytes, told apart by their first bytes: all members and frames, checks of CRC
// and length, no garbage behind. Error(integrity), Error(limit), Error(unsupported) name `what`. Owns `in`,
// which should verify its digest itself.
std::unique_ptr<Decoder> decompress(std::unique_ptr<ByteSource> in, std::string what,
                                    const Limits& limits = {});

// The same for who asks what the compressed bytes are spent on; gzip takes about twice the time. `on_part`,
// if given, is told of each member or frame (compressed_part.hpp).
std::unique_ptr<Decoder> decompress_traced(std::unique_ptr<ByteSource> in, std::string what,
                                           const Limits& limits = {},
                                           std::function<void(const CompressedPart&)> on_part = {});

// For people, what is wrong with a layer of that media type whose bytes are of that format: "is gzip by its
// media type, but its bytes are zstd". Nothing where they agree, or the type tells of no format (hostile 99).
std::optional<std::string> mislabelled(std::string_view media_type, Compression::Format found);

}  // namespace whittle::layers
