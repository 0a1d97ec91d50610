// A storage of blobs in memory, by hash.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "common/digest.hpp"

namespace whittle::test {

// Thread-safe.
class Blobs {
 public:
  std::string add(std::string bytes) {
    std::string hash(Digest::of(bytes).hex());
    const std::lock_guard lock(mutex_);
    blobs_.insert_or_assign(hash, std::move(bytes));
    return hash;
  }
  std::optional<std::string> find(const std::string& hash) const {
    const std::lock_guard lock(mutex_);
    const auto found = blobs_.find(hash);
    return found == blobs_.end() ? std::nullopt : std::optional(found->second);
  }
  void forget(const std::string& hash) {
    const std::lock_guard lock(mutex_);
    blobs_.erase(hash);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> blobs_;
};

}  // namespace whittle::test
