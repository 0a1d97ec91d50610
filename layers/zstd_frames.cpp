// zstd frames. Measured on Go binaries: level 6 takes about as long as gzip's `balanced` and is
// 4 % smaller, where 9 wins one percent more for nearly twice the time and three times the memory.
#include <fmt/format.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>

#include "common/error.hpp"
#include "layers/member_codec.hpp"

namespace whittle::layers {
namespace {

constexpr std::size_t frame_size = 1U << 20U;

struct ZstdSettings {
  int level;
  std::size_t state_size;
};

ZstdSettings zstd_settings_of(Compression::Level level) {
  switch (level) {
    case Compression::Level::fast:
      return {3, 2U << 20U};
    case Compression::Level::balanced:
      return {6, 4U << 20U};
    case Compression::Level::smallest:
      return {19, 18U << 20U};
  }
  throw Error(ErrorKind::internal, "unknown compression level");
}

std::size_t checked(std::size_t result) {
  if (ZSTD_isError(result) == 0) return result;
  const bool memory = ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation;
  throw Error(memory ? ErrorKind::machine_limit : ErrorKind::internal,
              fmt::format("compressing with zstd: {}", ZSTD_getErrorName(result)));
}

class ZstdCodec final : public MemberCodec {
 public:
  explicit ZstdCodec(int level) : context_(ZSTD_createCCtx()) {
    if (!context_) throw Error(ErrorKind::machine_limit, "there is not enough memory for compressing");
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level));
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1));
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_contentSizeFlag, 1));
  }
  std::size_t compress(Bytes input, MutableBytes out) override {
    return checked(ZSTD_compress2(context_.get(), out.data(), out.size(), input.data(), input.size()));
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context_;
};

}  // namespace

MemberFormat zstd_frames(Compression::Level level) {
  const ZstdSettings settings = zstd_settings_of(level);
  const int number = settings.level;
  return {frame_size, std::max(ZSTD_compressBound(frame_size), frame_size), settings.state_size,
          [number] { return std::make_unique<ZstdCodec>(number); },
          [number] { return fmt::format("zstd {} level {}", ZSTD_versionString(), number); }};
}

}  // namespace whittle::layers
