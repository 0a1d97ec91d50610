// Byte streams: the seams along which files, compressors, hashers and connections are joined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace whittle {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

inline Bytes as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The size of the buffers that streams are pumped with, in bytes.
inline constexpr std::size_t stream_buffer_size = 128U << 10U;

// Memory to read into. What is in it at first is anything: for a small file, zeros would be most of the work.
class StreamBuffer {
 public:
  explicit StreamBuffer(std::size_t size = stream_buffer_size)
      : memory_(std::make_unique_for_overwrite<std::byte[]>(size)), size_(size) {}
  MutableBytes bytes() const { return {memory_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_;
};

// Where bytes come from. One thread per instance.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills up to buffer.size() bytes (at least 1) and returns how many; 0 means the end, once and for all.
  // Throws Error.
  virtual std::size_t read(MutableBytes buffer) = 0;
};

// Where bytes go. One thread per instance. Nothing is final until whoever owns the sink says so: a destructor
// never completes an output.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  // Takes all of the bytes or throws Error.
  virtual void write(Bytes bytes) = 0;
};

// Opens the same bytes anew, as often as needed (an upload that has to be sent again).
using OpenSource = std::function<std::unique_ptr<ByteSource>()>;

// Reads from memory. Owns the text.
class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  std::size_t read(MutableBytes buffer) override;

 private:
  std::string text_;
  std::size_t position_ = 0;
};

// Collects what is written, up to `limit` bytes; one more throws Error(limit) naming `what`.
class TextSink final : public ByteSink {
 public:
  TextSink(std::size_t limit, std::string what) : limit_(limit), what_(std::move(what)) {}
  void write(Bytes bytes) override;
  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  std::size_t limit_;
  std::string what_;
  std::string text_;
};

// Counts what is written and drops it.
class CountingSink final : public ByteSink {
 public:
  void write(Bytes bytes) override { count_ += bytes.size(); }
  std::uint64_t count() const { return count_; }

 private:
  std::uint64_t count_ = 0;
};

// Pumps everything from `source` to `sink`; returns the number of bytes.
std::uint64_t pump(ByteSource& source, ByteSink& sink);

// Reads everything; more than `limit` bytes throws Error(limit) naming `what`.
std::string read_all(ByteSource& source, std::size_t limit, std::string what);

}  // namespace whittle
