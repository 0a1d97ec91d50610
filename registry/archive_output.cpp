#include "registry/archive_output.hpp"

#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"

namespace whittle::registry {
namespace {

namespace fs = std::filesystem;

constexpr int longest_write_wait = 200;  // milliseconds, until a stop is noticed

// Writes to a descriptor of others, whose mode is theirs: no more at once than a pipe takes without waiting,
// so that a stop is noticed while nobody reads.
class StreamSink final : public ByteSink {
 public:
  StreamSink(int fd, std::stop_token stop) : fd_(fd), stop_(std::move(stop)) {
    struct stat status {};
    if (::fstat(fd_, &status) != 0) throw_errno(errno, "opening standard output");
    most_ = S_ISREG(status.st_mode) ? stream_buffer_size : PIPE_BUF;
  }
  void write(Bytes bytes) override {
    while (!bytes.empty()) {
      throw_if_stopped(stop_);
      pollfd asked{fd_, POLLOUT, 0};
      const int ready = ::poll(&asked, 1, longest_write_wait);
      if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
      if (ready < 0) throw_errno(errno, "waiting for standard output");
      const auto count = ::write(fd_, bytes.data(), std::min(bytes.size(), most_));
      if (count >= 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        written_ += static_cast<std::uint64_t>(count);
      } else if (errno != EINTR && errno != EAGAIN) {
        throw_errno(errno, fmt::format("writing the archive to standard output (after {} bytes)", written_));
      }
    }
  }

 private:
  int fd_;
  std::stop_token stop_;
  std::size_t most_ = 0;
  std::uint64_t written_ = 0;
};

void check_may_be_replaced(const fs::path& file) {
  const auto refuse = [&](std::string_view why) {
    Error error(ErrorKind::usage, fmt::format("{} {}", escaped(file.native(), false, 4096), why));
    error.hint("name an absent file or an archive to replace; `-` is standard output");
    throw error;
  };
  struct stat status {};
  if (::lstat(file.c_str(), &status) == 0) {
    if (S_ISREG(status.st_mode)) return;
    refuse(S_ISDIR(status.st_mode)   ? "is a folder"
           : S_ISLNK(status.st_mode) ? "is a symbolic link"
                                     : "is not a regular file");
  }
  if (errno == ENOTDIR ||
      (errno == ENOENT &&
       ::stat(file.parent_path().empty() ? "." : file.parent_path().c_str(), &status) != 0))
    refuse("lies in a folder that does not exist");
  if (errno != ENOENT) throw_errno(errno, fmt::format("examining {}", escaped(file.native(), false, 4096)));
}

}  // namespace

ArchiveOutput::ArchiveOutput(Where where) : where_(std::move(where)) {
  if (where_.file == "-") {
    folder_ = where_.scratch;
    return;
  }
  check_may_be_replaced(where_.file);
  folder_ = where_.file.has_parent_path() ? where_.file.parent_path() : fs::path(".");
}

void ArchiveOutput::write_to(const TarImage& image, ByteSink& sink) const {
  const auto source = image.open();
  std::vector<std::byte> buffer(stream_buffer_size);
  while (const auto count = source->read(buffer)) {
    throw_if_stopped(where_.stop);
    sink.write(Bytes(buffer).first(count));
  }
}

void ArchiveOutput::write(const TarImage& image) const {
  if (where_.file == "-") {
    StreamSink sink(where_.standard_output, where_.stop);
    write_to(image, sink);
    return;
  }
  AtomicFile file(folder_);
  write_to(image, file);
  file.commit_to(where_.file, AtomicFile::Durability::synced);
}

}  // namespace whittle::registry
