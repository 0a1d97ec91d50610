// The databases of one scan, as if they were one.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "vulnerabilities/database.hpp"

namespace whittle::vulnerabilities {

// Remembers what it was asked, for images with many programs. Thread-safe.
class Databases {
 public:
  explicit Databases(std::vector<Database> all) : all_(std::move(all)) {}

  using Advisories = std::vector<std::shared_ptr<const Advisory>>;
  // Of entries with the same id the one that was modified last. `installed` as for Database::about().
  Advisories about(std::string_view ecosystem, std::string_view name, std::string_view installed = {});
  // Whether one of them has anything about it.
  bool covers(const std::string& ecosystem) const;
  const std::vector<Database>& all() const { return all_; }

 private:
  static constexpr std::size_t most_remembered = 20'000;  // entries
  std::vector<Database> all_;
  std::mutex mutex_ = {};  // of what follows
  std::map<std::tuple<std::string, std::string, std::string>, Advisories> known_ = {};
  std::size_t remembered_ = 0;
};

}  // namespace whittle::vulnerabilities
