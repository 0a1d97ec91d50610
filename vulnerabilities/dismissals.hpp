// Vulnerabilities that the user knows of and that shall not count.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vulnerabilities/finding.hpp"

namespace whittle::vulnerabilities {

class Dismissals {
 public:
  // "ID", "ID=REASON", "ID,until=YYYY-MM-DD", "ID,until=YYYY-MM-DD=REASON"; an alias is as good as an id.
  // Error(usage) that says what is wrong with it.
  void add(std::string_view text);

  // `today` is YYYY-MM-DD; one that has passed its day dismisses nothing. For people, escaped: those that
  // have passed it, or met nothing.
  std::vector<std::string> apply(std::vector<Finding>& findings, std::string_view today);

 private:
  struct Entry {
    std::string id;
    Dismissal dismissal;
    bool used = false;
  };
  std::vector<Entry> entries_ = {};
};

}  // namespace whittle::vulnerabilities
