// A folder that is filled beside its place, and put there when it is complete.
#pragma once

#include <filesystem>
#include <memory>

#include "common/file.hpp"

namespace whittle::running {

class UnpackedFolder {
 public:
  // `place` must be an empty folder or not be there: Error(usage). What is made meanwhile lies in a hidden
  // folder beside it, and is removed by the destructor unless it was committed. Error(not_found) where the
  // folder above is not, Error(io).
  explicit UnpackedFolder(std::filesystem::path place);
  ~UnpackedFolder();
  UnpackedFolder(const UnpackedFolder&) = delete;
  UnpackedFolder& operator=(const UnpackedFolder&) = delete;

  const std::filesystem::path& path() const { return temporary_->path(); }
  // Puts all of it, or one folder of it, in its place, at once.
  void commit();
  void commit(const std::filesystem::path& part);

 private:
  std::filesystem::path place_;
  std::unique_ptr<TemporaryFolder> temporary_;
};

}  // namespace whittle::running
