// What a scan found, for people.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "vulnerabilities/databases.hpp"
#include "vulnerabilities/scan.hpp"

namespace whittle::vulnerabilities {

inline constexpr int old_database = 90;  // days from which it is one

// Days since an entry of it was modified; nothing when it does not say. Never less than 0.
std::optional<int> age_of(const Database& database, std::chrono::sys_days today);

// One line for each database: what it is and how old.
std::string text_of(const Databases& databases, std::chrono::sys_days today);

struct TextStyle {
  bool all = false;    // also what is not linked in, and what was dismissed
  bool color = false;  // of a terminal
};
std::string text_of(const ScannedPlatform& platform, const TextStyle& style);

}  // namespace whittle::vulnerabilities
