// Blobs on their way in (distribution-spec, "Push"): what has arrived of each waits in a file without a name,
// so that nothing of it stays, whatever ends the process.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common/bytes.hpp"
#include "common/file.hpp"

namespace whittle::serving {

// One of them. One thread at a time: whoever holds it.
class Upload {
 public:
  Upload(std::string name, const std::filesystem::path& folder);

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }  // bytes that have arrived
  // A body that fails leaves what it gave before.
  void append(ByteSource& body);
  std::unique_ptr<ByteSource> open() const;

 private:
  std::string name_;
  std::filesystem::path folder_;
  std::shared_ptr<const Fd> file_;
  std::uint64_t size_ = 0;
};

struct UploadLimits {
  std::size_t at_once = 1000;
  std::chrono::seconds idle{3600};  // then one may be dropped
};

// Thread-safe. The files are of one folder, which must exist.
class Uploads {
 public:
  explicit Uploads(std::filesystem::path folder, const UploadLimits& limits = {});

  // Gives an upload back. Must not outlive the uploads.
  struct Release {
    Uploads* owner;
    void operator()(Upload* upload) const { owner->release(*upload); }
  };
  using Held = std::unique_ptr<Upload, Release>;

  // A new one, whose name nobody guesses; nothing when there are too many.
  Held begin();
  // Nothing when there is none of that name, or another holds it.
  Held hold(const std::string& name);
  void drop(Held upload);

 private:
  struct Place {
    std::unique_ptr<Upload> upload;
    bool is_held = true;
    std::chrono::steady_clock::time_point used = {};
  };
  void release(const Upload& upload);

  const std::filesystem::path folder_;
  const UploadLimits limits_;
  std::mutex mutex_;
  std::map<std::string, Place> places_;
};

}  // namespace whittle::serving
