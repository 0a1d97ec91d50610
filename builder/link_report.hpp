// What a linker told of a static program: what it linked besides the program's own objects, and which
// functions of the C library it took that need more at run time than the program holds.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::builder {

struct LinkReport {
  // Absolute, without "..": libraries, and objects that are none of go's.
  std::set<std::filesystem::path> files = {};
  std::set<std::string> functions = {};  // those of traced_functions() that became part of it
};

// Linker flags, as gcc takes them, that have it told.
std::vector<std::string> link_report_flags();
// Out of what go wrote while it linked; lines of any other kind are passed over.
LinkReport read_link_report(std::string_view errors);
// The same text without the lines that only the flags are the reason for.
std::string without_link_report(std::string_view errors);

// What a user has to know of a program with those functions: one line each, and what to do.
std::vector<std::string> pitfalls(const LinkReport& report, std::string_view libc);

}  // namespace whittle::builder
