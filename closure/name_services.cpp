#include "closure/name_services.hpp"

#include <algorithm>
#include <cctype>

#include "builder/each_line.hpp"

namespace whittle::closure {
namespace {

constexpr std::size_t most_services = 64;
constexpr std::string_view blanks_between_services = " \t\r";

// The next service; over `[NOTFOUND=return]` and the like, which say what to do when one found something.
std::string_view take_word(std::string_view& line) {
  for (;;) {
    line.remove_prefix(std::min(line.find_first_not_of(blanks_between_services), line.size()));
    if (!line.starts_with('[')) break;
    line.remove_prefix(std::min(line.find(']'), line.size() - 1) + 1);
  }
  const auto word = line.substr(0, line.find_first_of(" \t\r["));
  line.remove_prefix(word.size());
  return word;
}

// It becomes a part of a file's name.
bool is_service(std::string_view word) {
  return word.size() <= 64 && std::all_of(word.begin(), word.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '+';
         });
}

}  // namespace

std::vector<std::string> services_of(std::string_view nsswitch, std::string_view database) {
  std::vector<std::string> services;
  builder::each_line(nsswitch, [&](std::string_view line) {
    line = line.substr(0, line.find('#'));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    auto name = line.substr(0, colon);
    if (take_word(name) != database) return;
    auto rest = line.substr(colon + 1);
    for (auto word = take_word(rest); !word.empty() && services.size() < most_services;
         word = take_word(rest))
      if (is_service(word) && std::find(services.begin(), services.end(), word) == services.end())
        services.emplace_back(word);
  });
  if (!services.empty()) return services;
  return database == "hosts" ? std::vector<std::string>{"files", "dns"} : std::vector<std::string>{"files"};
}

}  // namespace whittle::closure
