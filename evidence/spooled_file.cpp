#include "evidence/spooled_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "common/error.hpp"

namespace whittle::evidence {

void SpooledFile::fill(Bytes beginning, ByteSource& in, std::uint64_t limit) {
  Hasher hasher;
  size_ = 0;  // what an earlier, longer file has left behind it is out of reach
  const auto keep = [&](Bytes bytes) {
    if (size_ + bytes.size() > limit)
      throw Error(ErrorKind::limit, fmt::format("it has more than {} bytes", limit));
    write_at(fd_, bytes, size_, scratch_);
    hasher.write(bytes);
    size_ += bytes.size();
  };
  keep(beginning);
  std::vector<std::byte> buffer(stream_buffer_size);
  while (const auto count = in.read(buffer)) keep(Bytes(buffer).first(count));
  digest_ = hasher.finish();
}

std::size_t SpooledFile::read_at(std::uint64_t offset, MutableBytes buffer) const {
  if (offset >= size_) return 0;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size_ - offset));
  std::size_t done = 0;
  while (done < wanted) {
    const auto count =
        ::pread(fd_.get(), buffer.data() + done, wanted - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno(errno, fmt::format("reading a temporary file in {}", scratch_.native()));
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

}  // namespace whittle::evidence
