#include "toolchains/zip_stream.hpp"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

#include "common/error.hpp"
#include "toolchains/zip_bytes.hpp"

namespace whittle::toolchains {
namespace {

constexpr std::uint32_t header_signature = 0x04034b50;
constexpr std::size_t descriptor_size = 16;  // with its signature, as go writes it
constexpr std::uint32_t descriptor_signature = 0x08074b50;
constexpr std::uint32_t directory_signature = 0x02014b50;

// How long a header is by its own fixed part.
std::size_t whole_header(std::string_view fixed) {
  ZipBytes bytes(fixed.substr(local_header_size - 4));
  const std::size_t name = bytes.u16();
  return local_header_size + name + bytes.u16();
}

}  // namespace

void ZipStream::End::operator()(z_stream* stream) const {
  ::inflateEnd(stream);
  delete stream;
}

ZipStream::ZipStream(const ZipLimits& limits, Take take) : limits_(limits), take_(std::move(take)) {
  auto stream = std::make_unique<z_stream>();
  if (::inflateInit2(stream.get(), -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  inflating_.reset(stream.release());
}

void ZipStream::write(Bytes bytes) {
  while (!bytes.empty() && state_ != State::directory && state_ != State::given_up) bytes = step(bytes);
}

// Returns what it leaves for the next one.
Bytes ZipStream::step(Bytes bytes) {
  switch (state_) {
    case State::header:
      return read_header(bytes);
    case State::packed:
      return inflate_some(bytes);
    case State::stored:
      return copy_some(bytes);
    case State::descriptor:
      return read_descriptor(bytes);
    default:
      return {};
  }
}

Bytes ZipStream::gather(Bytes bytes, std::size_t wanted) {
  const auto taken = std::min(bytes.size(), wanted - std::min(wanted, gathered_.size()));
  gathered_ += as_text(bytes.first(taken));
  return bytes.subspan(taken);
}

Bytes ZipStream::read_header(Bytes bytes) {
  bytes = gather(bytes, local_header_size);
  if (gathered_.size() < local_header_size) return bytes;
  ZipBytes first(gathered_);
  const auto signature = first.u32();
  if (signature != header_signature) {
    state_ = signature == directory_signature ? State::directory : State::given_up;
    return {};
  }
  const auto whole = whole_header(gathered_);
  bytes = gather(bytes, whole);
  if (gathered_.size() == whole) begin_entry();
  return bytes;
}

void ZipStream::begin_entry() {
  ZipBytes bytes(gathered_);
  bytes.skip(6);
  entry_.flags = bytes.u16();
  const auto method = bytes.u16();
  bytes.skip(4);  // time
  entry_.crc = bytes.u32();
  entry_.compressed_size = bytes.u32();
  entry_.size = bytes.u32();
  const auto name_size = bytes.u16();
  bytes.skip(2);
  entry_.name = bytes.text(name_size);
  gathered_.clear();
  content_.clear();
  packed_ = 0;
  const bool described = (entry_.flags & zip_flag_descriptor) != 0;
  const bool stored = method == 0 && !described && entry_.size == entry_.compressed_size;
  const bool known = (entry_.flags & ~zip_flags_in_use) == 0 && (method == 8 || stored);
  if (!known || entry_.name.size() > limits_.name || ++entries_ > limits_.entries || !may_grow(0) ||
      ::inflateReset(inflating_.get()) != Z_OK) {
    state_ = State::given_up;
    return;
  }
  state_ = stored ? State::stored : State::packed;
  if (stored && entry_.size == 0) finish_entry();
}

bool ZipStream::may_grow(std::size_t count) const {
  return content_.size() + count <= limits_.entry && total_ + content_.size() + count <= limits_.total;
}

Bytes ZipStream::inflate_some(Bytes bytes) {
  std::array<std::byte, 64U << 10U> buffer;  // NOLINT: filled before it is read
  auto& zlib = *inflating_;
  const auto given = std::min<std::size_t>(bytes.size(), 1U << 20U);
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
  zlib.avail_in = static_cast<uInt>(given);
  zlib.next_out = reinterpret_cast<Bytef*>(buffer.data());
  zlib.avail_out = static_cast<uInt>(buffer.size());
  const int result = ::inflate(&zlib, Z_NO_FLUSH);
  const auto used = given - zlib.avail_in;
  const auto made = buffer.size() - zlib.avail_out;
  packed_ += used;
  // Neither forward nor back happens only when the data are broken.
  if ((result != Z_OK && result != Z_STREAM_END) || !may_grow(made)) {
    state_ = State::given_up;
    return {};
  }
  content_.insert(content_.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(made));
  if (result == Z_STREAM_END) {
    if ((entry_.flags & zip_flag_descriptor) != 0)
      state_ = State::descriptor;
    else
      finish_entry();
  }
  return bytes.subspan(used);
}

Bytes ZipStream::copy_some(Bytes bytes) {
  const auto count = std::min<std::uint64_t>(bytes.size(), entry_.size - packed_);
  if (!may_grow(count)) {
    state_ = State::given_up;
    return {};
  }
  content_.insert(content_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
  packed_ += count;
  if (packed_ == entry_.size) finish_entry();
  return bytes.subspan(count);
}

Bytes ZipStream::read_descriptor(Bytes bytes) {
  bytes = gather(bytes, descriptor_size);
  if (gathered_.size() < descriptor_size) return bytes;
  ZipBytes fields(gathered_);
  const bool is_one = fields.u32() == descriptor_signature;
  entry_.crc = fields.u32();
  entry_.compressed_size = fields.u32();
  entry_.size = fields.u32();
  gathered_.clear();
  if (is_one)
    finish_entry();
  else
    state_ = State::given_up;
  return bytes;
}

void ZipStream::finish_entry() {
  const auto crc = libdeflate_crc32(0, content_.data(), content_.size());
  if (crc != entry_.crc || packed_ != entry_.compressed_size || content_.size() != entry_.size) {
    state_ = State::given_up;
    return;
  }
  total_ += content_.size();
  state_ = State::header;
  take_({entry_.name, crc, content_});
}

}  // namespace whittle::toolchains
