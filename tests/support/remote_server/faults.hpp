// What a server does wrong on purpose. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

namespace whittle::test {

// Each fault has a number of times that it happens: "cut=1", or always: "slow".
class Faults {
 public:
  void plan(const std::string& text) {
    const auto equals = text.find('=');
    left_[text.substr(0, equals)] = equals == std::string::npos ? -1 : std::stoi(text.substr(equals + 1));
  }

  // Whether it is to happen now; counts as having happened.
  bool happens(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = left_.find(name);
    if (found == left_.end() || found->second == 0) return false;
    if (found->second > 0) --found->second;
    return true;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> left_;
};

}  // namespace whittle::test
