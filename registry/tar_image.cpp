#include "registry/tar_image.hpp"

#include <fmt/format.h>

#include <vector>

#include "common/error.hpp"
#include "common/file_sink.hpp"
#include "layers/tar_header.hpp"
#include "registry/reporting_source.hpp"

namespace whittle::registry {

std::string blob_member(const Digest& digest) {
  return fmt::format("blobs/{}/{}", digest.algorithm_name(), digest.hex());
}

bool StagedBlobs::has(const layers::Descriptor& descriptor) const {
  const std::lock_guard lock(mutex_);
  const auto found = blobs_.find(descriptor.digest);
  return found != blobs_.end() && found->second.size == descriptor.size;
}

// Sizes are known before the bytes come: each blob has a place of its own, whichever arrives first.
StagedBlobs::Extent StagedBlobs::reserve(std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  if (!file_) {
    make_directories(folder_);
    file_ = std::make_shared<const Fd>(nameless_file(folder_));
  }
  const Extent extent{used_, size};
  used_ += size;
  return extent;
}

void StagedBlobs::put(const layers::Descriptor& descriptor, const OpenSource& open, Task& task) {
  const auto extent = reserve(descriptor.size);
  Progress progress(task);
  ReportingSource source(std::make_unique<VerifiedSource>(open(), descriptor.digest, descriptor.size,
                                                          fmt::format("blob {}", descriptor.digest.text())),
                         progress);
  FileSink sink(*file_, folder_, extent.offset);
  pump(source, sink);
  const std::lock_guard lock(mutex_);
  blobs_.insert_or_assign(descriptor.digest, extent);
}

void StagedBlobs::put(const layers::Document& document) {
  const auto descriptor = document.descriptor();
  const auto task = SilentReporter().start({}, 0);
  if (!has(descriptor))
    put(
        descriptor, [&] { return std::make_unique<TextSource>(document.bytes); }, *task);
}

std::string StagedBlobs::read(const layers::Descriptor& descriptor, std::size_t limit) const {
  const auto blobs = all();
  const auto found = blobs.find(descriptor.digest);
  if (found == blobs.end())
    throw Error(ErrorKind::not_found, fmt::format("blob {} was not copied", descriptor.digest.text()));
  return read_all(*open(found->second), limit, fmt::format("blob {}", descriptor.digest.text()));
}

std::map<Digest, StagedBlobs::Extent> StagedBlobs::all() const {
  const std::lock_guard lock(mutex_);
  return blobs_;
}

std::unique_ptr<ByteSource> StagedBlobs::open(const Extent& extent) const {
  return std::make_unique<FileRange>(file_, folder_, extent.offset, extent.size);
}

TarImage::TarImage(const StagedBlobs& blobs) : blobs_(blobs) {
  for (const auto& [digest, extent] : blobs.all()) {
    auto path = blob_member(digest);
    add_folders(path);
    members_.emplace(std::move(path), Member{extent});
  }
}

void TarImage::add(std::string path, std::string text) {
  add_folders(path);
  members_.insert_or_assign(std::move(path), Member{{}, std::move(text)});
}

void TarImage::add_folders(std::string_view path) {
  for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1))
    members_.try_emplace(std::string(path.substr(0, slash + 1)), Member{{}, {}, true});
}

std::string TarImage::header_of(const Members::value_type& member) {
  layers::TarHeader header;
  header.path = member.first;
  header.type = member.second.folder ? '5' : '0';
  header.mode = member.second.folder ? 0755 : 0644;
  header.size = member.second.size();
  return layers::tar_header(header);
}

std::uint64_t TarImage::size() const {
  std::uint64_t size = layers::tar_end().size();
  for (const auto& member : members_) {
    const auto content = member.second.size();
    size += header_of(member).size() + content + layers::tar_padding(content).size();
  }
  return size;
}

// Gives each member's header, content and padding in turn, then the end.
class TarImageSource final : public ByteSource {
 public:
  explicit TarImageSource(const TarImage& image) : image_(image), next_(image.members_.begin()) {}

  std::size_t read(MutableBytes buffer) override {
    for (;;) {
      if (piece_)
        if (const auto count = piece_->read(buffer)) {
          given_ += count;
          return count;
        }
      if (!advance()) return 0;
    }
  }

 private:
  enum class Part { header, content, padding };

  // Opens the next piece; false when there is none. A content cut short would shift all that follows.
  bool advance() {
    if (piece_ && part_ == Part::padding && given_ != next_->second.size())
      throw Error(ErrorKind::io, "a temporary file lost some of its bytes");
    given_ = 0;
    if (next_ == image_.members_.end()) {
      if (ended_) return false;
      ended_ = true;
      piece_ = std::make_unique<TextSource>(std::string(layers::tar_end()));
      return true;
    }
    const auto& member = next_->second;
    if (part_ == Part::header) {
      piece_ = std::make_unique<TextSource>(TarImage::header_of(*next_));
      part_ = Part::content;
    } else if (part_ == Part::content) {
      piece_ = member.blob ? image_.blobs_.open(*member.blob) : std::make_unique<TextSource>(member.text);
      part_ = Part::padding;
    } else {
      piece_ = std::make_unique<TextSource>(std::string(layers::tar_padding(member.size())));
      part_ = Part::header;
      ++next_;
    }
    return true;
  }

  const TarImage& image_;
  TarImage::Members::const_iterator next_;
  Part part_ = Part::header;
  std::unique_ptr<ByteSource> piece_;
  std::uint64_t given_ = 0;
  bool ended_ = false;
};

std::unique_ptr<ByteSource> TarImage::open() const {
  return std::make_unique<TarImageSource>(*this);
}

}  // namespace whittle::registry
