// Web servers in memory: files by their URLs, and faults.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "registry/registry_error.hpp"
#include "registry/web.hpp"

namespace whittle::test {

class MemoryWeb final : public registry::Web {
 public:
  std::map<std::string, std::string> files;   // by URL
  std::map<std::string, ErrorKind> failures;  // by the begin of a URL

  std::unique_ptr<ByteSource> open(const std::string& url, const registry::WebFile& file) override {
    const std::lock_guard lock(mutex_);
    asked_.push_back(url);
    for (const auto& [begin, kind] : failures)
      if (url.starts_with(begin))
        throw registry::RegistryError(kind, "the server of " + url + " is broken", {});
    const auto found = files.find(url);
    if (found == files.end()) return nullptr;
    if (file.size && *file.size != found->second.size())
      throw Error(ErrorKind::integrity, file.what + " has another size");
    if (found->second.size() > file.limit) throw Error(ErrorKind::limit, file.what + " is too large");
    return std::make_unique<TextSource>(found->second);
  }

  std::optional<std::uint64_t> size(const std::string& url, const registry::WebFile& file) override {
    const auto source = open(url, file);
    return source ? std::optional<std::uint64_t>(files.at(url).size()) : std::nullopt;
  }

  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
};

}  // namespace whittle::test
