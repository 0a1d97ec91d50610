#include "remote/blob_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "common/text.hpp"
#include "layers/compression.hpp"

namespace whittle::remote {
namespace {

// One stream of the server's; what goes wrong is told by the last status.
class ServerSource final : public ByteSource {
 public:
  ServerSource(std::unique_ptr<BlobReader> reader, Status& status)
      : reader_(std::move(reader)), status_(status) {}

  std::size_t read(MutableBytes buffer) override {
    std::size_t count = 0;
    status_ = reader_->read(buffer, count);
    if (!status_.ok()) throw Error(ErrorKind::network, "the stream broke");
    return count;
  }

 private:
  std::unique_ptr<BlobReader> reader_;
  Status& status_;
};

class BlobStream final : public ByteSource {
 public:
  BlobStream(RemoteExecution& remote, Calls& calls, BlobId blob, std::string what, bool zstd)
      : remote_(remote), calls_(calls), blob_(std::move(blob)), what_(std::move(what)), zstd_(zstd) {}

  std::size_t read(MutableBytes buffer) override {
    std::size_t count = 0;
    const auto status = calls_.repeat([&] {
      last_ = {};
      try {
        if (!source_) reopen();
        count = source_->read(buffer);
      } catch (const Error&) {
        source_.reset();
        if (last_.ok()) throw;  // not the connection: what arrived is not zstd
      }
      return last_;
    });
    if (status.code == Code::not_found)
      throw Error(ErrorKind::not_found, fmt::format("{} does not have {} any more", calls_.host(), what_));
    if (!status.ok()) throw calls_.error_of("reading " + what_, status);
    position_ += count;
    return count;
  }

 private:
  void reopen() {
    const auto name =
        fmt::format("{}/{}/{}", zstd_ ? "compressed-blobs/zstd" : "blobs", blob_.hash, blob_.size);
    auto bytes =
        std::unique_ptr<ByteSource>(std::make_unique<ServerSource>(remote_.open(name, blob_.size), last_));
    if (zstd_) bytes = layers::decompress(std::move(bytes), what_);
    std::string passed(std::min<std::uint64_t>(position_, stream_buffer_size), '\0');
    for (std::uint64_t left = position_; left > 0;) {
      const auto part =
          std::as_writable_bytes(std::span(passed)).first(std::min<std::uint64_t>(left, passed.size()));
      const auto count = bytes->read(part);
      if (count == 0) break;  // shorter than before: the check behind this says so
      left -= count;
    }
    source_ = std::move(bytes);
  }

  RemoteExecution& remote_;
  Calls& calls_;
  const BlobId blob_;
  const std::string what_;
  const bool zstd_;
  Status last_ = {};
  std::unique_ptr<ByteSource> source_ = {};
  std::uint64_t position_ = 0;
};

// Pulls through a compressor, which pushes.
class CompressedSource final : public ByteSource, private ByteSink {
 public:
  explicit CompressedSource(std::unique_ptr<ByteSource> bytes)
      : bytes_(std::move(bytes)),
        compressor_(layers::make_compressor(
            {layers::Compression::Format::zstd, layers::Compression::Level::fast}, 1, *this)) {}

  std::size_t read(MutableBytes buffer) override {
    while (position_ == ready_.size()) {
      if (is_over_) return 0;
      ready_.clear();
      position_ = 0;
      const auto count = bytes_->read(std::as_writable_bytes(std::span(part_)));
      if (count > 0) {
        compressor_->write(as_bytes(part_).first(count));
      } else {
        compressor_->finish();
        is_over_ = true;
      }
    }
    const auto count = std::min(buffer.size(), ready_.size() - position_);
    std::memcpy(buffer.data(), ready_.data() + position_, count);
    position_ += count;
    return count;
  }

 private:
  void write(Bytes bytes) override { ready_ += as_text(bytes); }

  std::unique_ptr<ByteSource> bytes_;
  std::string part_ = std::string(stream_buffer_size, '\0');
  std::string ready_ = {};
  std::size_t position_ = 0;
  bool is_over_ = false;
  std::unique_ptr<layers::Compressor> compressor_;
};

}  // namespace

std::unique_ptr<ByteSource> open_stream(RemoteExecution& remote, Calls& calls, const BlobId& blob,
                                        const std::string& what, bool zstd) {
  return std::make_unique<BlobStream>(remote, calls, blob, what, zstd);
}

std::unique_ptr<ByteSource> compressing(std::unique_ptr<ByteSource> bytes) {
  return std::make_unique<CompressedSource>(std::move(bytes));
}

}  // namespace whittle::remote
