// The floor of whatever makes new layers of old ones: blobs decompressed on one thread, their tars hashed on
// a second, and compressed with the same compressor and level on two; the new blob is hashed and written.
//   layer_recompressing OUT BLOB…
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "attribution/stream_hasher.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/read_ahead.hpp"
#include "layers/compression.hpp"

int main(int count, char** arguments) {
  using namespace whittle;
  if (count < 3) return 2;
  try {
    const std::filesystem::path written = arguments[1];
    AtomicFile out(written.parent_path());
    DigestingSink blob(out);
    const auto compressor = layers::make_compressor({}, 2, blob);
    attribution::StreamHasher hasher(ContentKey::random());
    std::vector<std::byte> buffer(stream_buffer_size);
    for (int i = 2; i < count; ++i) {
      const auto decoder = layers::decompress(
          std::make_unique<ReadAhead>(std::make_unique<FileSource>(arguments[i]), std::stop_token()),
          "the blob");
      while (const auto read = decoder->read(buffer)) {
        hasher.write(Bytes(buffer).first(read));
        compressor->write(Bytes(buffer).first(read));
      }
    }
    compressor->finish();
    out.commit(written.filename(), AtomicFile::Durability::content);
    fmt::print("{} {}\n", hasher.finish().text(), blob.finish().text());
    return 0;
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.message());
    return 1;
  }
}
