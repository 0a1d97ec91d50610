// A web server made of folders: what a test puts there, and the faults that it asks for.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "common/file.hpp"
#include "registry/web.hpp"

namespace whittle::test {

// Thread-safe once set up.
class FolderWeb final : public registry::Web {
 public:
  // Serves `folder` below `root`, a URL.
  void serve(std::string root, std::filesystem::path folder) {
    roots_.emplace_back(std::move(root), std::move(folder));
  }
  // Called before a URL is answered; it may change files, or throw.
  void before(std::function<void(const std::string& url)> hook) { hook_ = std::move(hook); }

  std::unique_ptr<ByteSource> open(const std::string& url, const registry::WebFile&) override {
    const std::lock_guard lock(mutex_);
    asked_.push_back(url);
    if (hook_) hook_(url);
    for (const auto& [root, folder] : roots_) {
      if (!url.starts_with(root + "/")) continue;
      const auto file = folder / url.substr(root.size() + 1);
      if (std::filesystem::is_regular_file(file)) return std::make_unique<FileSource>(file);
    }
    return nullptr;
  }
  std::optional<std::uint64_t> size(const std::string&, const registry::WebFile&) override { return {}; }

  const std::vector<std::string>& asked() const { return asked_; }

 private:
  std::mutex mutex_;
  std::vector<std::pair<std::string, std::filesystem::path>> roots_;
  std::function<void(const std::string&)> hook_;
  std::vector<std::string> asked_;
};

}  // namespace whittle::test
