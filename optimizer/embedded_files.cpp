#include "optimizer/embedded_files.hpp"

#include <algorithm>
#include <utility>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/parallel.hpp"

namespace whittle::optimizer {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_files = 10'000;
constexpr std::uint64_t smallest_file = 4U << 10U;
constexpr std::uint64_t largest_embedded_file = 256U << 20U;

attribution::Size compressed_size(const fs::path& file, const layers::Compression& compression) {
  CountingSink out;
  const auto compressor = layers::make_compressor(compression, 1, out);
  FileSource source(file);
  std::vector<std::byte> buffer(stream_buffer_size);
  attribution::Size size;
  while (const auto count = source.read(buffer)) {
    compressor->write(Bytes(buffer).first(count));
    size.raw += count;
  }
  compressor->finish();
  size.compressed = out.count();
  return size;
}

bool larger(const attribution::Size& a, const attribution::Size& b) {
  return a.compressed > b.compressed;
}

}  // namespace

std::vector<EmbeddedFiles> badly_compressing(const std::vector<builder::ListedPackage>& packages,
                                             const layers::Compression& compression,
                                             const std::stop_token& stop) {
  std::vector<EmbeddedFiles> found;
  std::size_t looked_at = 0;
  for (const auto& package : packages) {
    EmbeddedFiles of_package{package.import_path};
    for (const auto& name : package.embedded) {
      throw_if_stopped(stop);
      const auto file = package.folder / name;
      std::error_code failed;
      const auto bytes = fs::file_size(file, failed);
      if (failed || bytes < smallest_file || bytes > largest_embedded_file || ++looked_at > most_files)
        continue;
      try {
        const auto size = compressed_size(file, compression);
        if (size.compressed * 10 < size.raw * 9) continue;
        of_package.files.emplace_back(name, size);
        of_package.size += size;
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted) throw;
      }
    }
    std::stable_sort(of_package.files.begin(), of_package.files.end(),
                     [](const auto& a, const auto& b) { return larger(a.second, b.second); });
    if (!of_package.files.empty()) found.push_back(std::move(of_package));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return larger(a.size, b.size); });
  return found;
}

}  // namespace whittle::optimizer
