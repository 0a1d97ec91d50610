// A tar that is about to be written: its members, sorted, as texts and as blobs that wait in a nameless file.
// Its bytes depend on the members alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "common/file.hpp"
#include "common/report.hpp"
#include "layers/descriptor.hpp"
#include "layers/document.hpp"

namespace whittle::registry {

// The blobs of an image while they arrive, in one file without a name: nothing stays of them when the process
// ends. All methods may be called from several threads.
class StagedBlobs {
 public:
  // `folder` is made when it is absent; the file, when the first blob comes.
  explicit StagedBlobs(std::filesystem::path folder) : folder_(std::move(folder)) {}

  bool has(const layers::Descriptor& descriptor) const;
  // Keeps what `open` gives, verified.
  void put(const layers::Descriptor& descriptor, const OpenSource& open, Task& task);
  void put(const layers::Document& document);
  // A small blob that is there.
  std::string read(const layers::Descriptor& descriptor, std::size_t limit) const;

  struct Extent {
    std::uint64_t offset;
    std::uint64_t size;
  };
  std::map<Digest, Extent> all() const;
  std::unique_ptr<ByteSource> open(const Extent& extent) const;

 private:
  Extent reserve(std::uint64_t size);
  std::filesystem::path folder_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Fd> file_;
  std::uint64_t used_ = 0;
  std::map<Digest, Extent> blobs_;
};

// Borrows the blobs.
class TarImage {
 public:
  explicit TarImage(const StagedBlobs& blobs);  // all of them, as blobs/ALGORITHM/HEX

  void add(std::string path, std::string text);
  std::uint64_t size() const;
  // May be called again; must not outlive this object.
  std::unique_ptr<ByteSource> open() const;

 private:
  friend class TarImageSource;
  struct Member {
    std::optional<StagedBlobs::Extent> blob = {};
    std::string text = {};
    bool folder = false;
    std::uint64_t size() const { return blob ? blob->size : text.size(); }
  };
  using Members = std::map<std::string, Member>;
  static std::string header_of(const Members::value_type& member);
  void add_folders(std::string_view path);
  const StagedBlobs& blobs_;
  Members members_;
};

// The path of a blob in an image layout.
std::string blob_member(const Digest& digest);

}  // namespace whittle::registry
