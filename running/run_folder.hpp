// The folders of runs: each is locked by the process that it belongs to, so that what a killed one left is
// known.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "common/file.hpp"
#include "common/report.hpp"
#include "running/runtime.hpp"

namespace whittle::running {

// A private folder of one run, with folders `bundle` and `state`; removed by the destructor.
class RunFolder {
 public:
  // Below `all`, which is made when it is absent; for a container of the program `runtime`. Error(io).
  RunFolder(const std::filesystem::path& all, const std::filesystem::path& runtime);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return temporary_->path(); }
  // The container's, which tells whose it is: whittle-smoke-….
  std::string id() const;

 private:
  std::unique_ptr<TemporaryFolder> temporary_;
};

// Removes containers, control groups and folders of runs below `all` whose process is gone. One that was
// killed before it had begun leaves a folder that stays for a minute.
void remove_leftovers(const std::filesystem::path& all, Reporter& reporter, const std::stop_token& stop);

}  // namespace whittle::running
