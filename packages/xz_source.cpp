#include "packages/xz_source.hpp"

#include <fmt/format.h>
#include <lzma.h>

#include <utility>
#include <vector>

#include "common/error.hpp"

namespace whittle::packages {
namespace {

class XzSource final : public ByteSource {
 public:
  XzSource(std::unique_ptr<ByteSource> in, std::string what)
      : in_(std::move(in)), what_(std::move(what)), buffer_(stream_buffer_size) {
    check(lzma_stream_decoder(&stream_, xz_memory_limit, LZMA_CONCATENATED));
  }
  ~XzSource() override { lzma_end(&stream_); }
  XzSource(const XzSource&) = delete;
  XzSource& operator=(const XzSource&) = delete;

  std::size_t read(MutableBytes buffer) override {
    stream_.next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
    stream_.avail_out = buffer.size();
    while (!done_ && stream_.avail_out == buffer.size()) {
      if (stream_.avail_in == 0 && !ended_) {
        stream_.avail_in = in_->read(buffer_);
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(buffer_.data());
        ended_ = stream_.avail_in == 0;
      }
      check(lzma_code(&stream_, ended_ ? LZMA_FINISH : LZMA_RUN));
    }
    return buffer.size() - stream_.avail_out;
  }

 private:
  void check(lzma_ret result) {
    switch (result) {
      case LZMA_OK:
        return;
      case LZMA_STREAM_END:
        done_ = true;
        return;
      case LZMA_MEMLIMIT_ERROR:
        throw Error(ErrorKind::limit,
                    fmt::format("decompressing {} takes more memory than {} bytes", what_, xz_memory_limit));
      case LZMA_MEM_ERROR:
        throw Error(ErrorKind::machine_limit,
                    fmt::format("decompressing {}: there is not enough memory", what_));
      default:
        throw Error(ErrorKind::integrity, fmt::format("{} is not valid xz", what_));
    }
  }

  std::unique_ptr<ByteSource> in_;
  std::string what_;
  std::vector<std::byte> buffer_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool ended_ = false;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> decode_xz(std::unique_ptr<ByteSource> in, std::string what) {
  return std::make_unique<XzSource>(std::move(in), std::move(what));
}

}  // namespace whittle::packages
