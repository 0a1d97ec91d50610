// Tells when something in some folders changes, without reading them again and again (inotify).
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "common/file.hpp"

namespace whittle::deploying {

// One thread per instance.
class FolderWatch {
 public:
  // Watches nothing below `left_out`, folders whose changes are nobody's business. `stop` ends the waiting.
  FolderWatch(std::vector<std::filesystem::path> left_out, std::stop_token stop);

  // From now on changes are seen: of the file; of what is in the folder and in all folders below, those
  // included that appear later, but for hidden ones. Error(machine_limit) when the kernel has no more watches
  // to give.
  void add_file(const std::filesystem::path& file);
  void add_tree(const std::filesystem::path& folder);

  // Whether something has changed since the last call; does not wait.
  bool take_changes();
  // Waits until something has changed since the last call, and then for a moment without changes, for an
  // editor replaces a file in several steps. False when it was stopped.
  bool wait();

 private:
  struct Watched {
    std::filesystem::path folder;
    bool tree = false;
    std::set<std::string> names = {};  // of the files that count, unless it is a tree
  };
  bool is_left_out(const std::filesystem::path& folder) const;
  Watched* watch(const std::filesystem::path& folder);
  bool poll_once(int milliseconds);

  std::vector<std::filesystem::path> left_out_;
  std::stop_token stop_;
  Fd inotify_;
  Fd stopped_;
  std::map<int, Watched> watched_;
};

}  // namespace whittle::deploying
