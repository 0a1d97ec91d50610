// What each level of the compressors takes and gives, in members of the size that layers/ makes of them:
//   level_times FILE        prints "gzip LEVEL BYTES MICROSECONDS", one line a level, of processor time
#include <fmt/format.h>
#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "common/file.hpp"

namespace {

using Compress = std::function<std::size_t(std::string_view member, std::vector<char>& out)>;

long microseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000L + now.tv_nsec / 1000;
}

void measure(const char* name, int level, std::string_view bytes, std::size_t member,
             const Compress& compress) {
  std::vector<char> out(2 * member);
  const auto start = microseconds();
  std::size_t size = 0;
  for (std::size_t at = 0; at < bytes.size(); at += member) size += compress(bytes.substr(at, member), out);
  fmt::print("{} {} {} {}\n", name, level, size, microseconds() - start);
}

void measure_all(std::string_view bytes) {
  for (int level = 1; level <= 12; ++level) {
    const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> codec(
        libdeflate_alloc_compressor(level), libdeflate_free_compressor);
    measure("gzip", level, bytes, 128U << 10U, [&](std::string_view in, std::vector<char>& out) {
      return libdeflate_gzip_compress(codec.get(), in.data(), in.size(), out.data(), out.size());
    });
  }
  for (int level = 1; level <= 19; ++level) {
    const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> codec(ZSTD_createCCtx(), ZSTD_freeCCtx);
    measure("zstd", level, bytes, 1U << 20U, [&](std::string_view in, std::vector<char>& out) {
      return ZSTD_compressCCtx(codec.get(), out.data(), out.size(), in.data(), in.size(), level);
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: level_times FILE\n");
    return 2;
  }
  try {
    measure_all(whittle::read_file(argv[1], 1U << 30U));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
}
