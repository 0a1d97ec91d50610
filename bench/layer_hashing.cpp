// The floor of whatever reads a layer: the blob read and hashed on one thread, decompressed on a second, the
// tar hashed on a third. Prints the digest of the tar.
//   layer_hashing BLOB…
#include <cstdio>
#include <memory>
#include <vector>

#include "attribution/stream_hasher.hpp"
#include "binaries/random_access.hpp"
#include "common/digest.hpp"
#include "common/read_ahead.hpp"
#include "comparison/scratch.hpp"
#include "layers/compression.hpp"

namespace {

using namespace whittle;

class Hashed final : public ByteSource {
 public:
  explicit Hashed(const char* path) : file_(path), source_(file_) {}
  std::size_t read(MutableBytes buffer) override {
    const auto count = source_.read(buffer);
    hasher_.write(Bytes(buffer).first(count));
    return count;
  }

 private:
  binaries::FileAccess file_;
  comparison::AccessSource source_;
  Hasher hasher_;
};

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::byte> buffer(stream_buffer_size);
  for (int i = 1; i < count; ++i) {
    const auto decoder = layers::decompress(
        std::make_unique<ReadAhead>(std::make_unique<Hashed>(arguments[i]), std::stop_token()), "the blob");
    attribution::StreamHasher hasher(ContentKey::random());
    while (const auto read = decoder->read(buffer)) hasher.write(Bytes(buffer).first(read));
    std::puts(hasher.finish().text().c_str());
  }
}
