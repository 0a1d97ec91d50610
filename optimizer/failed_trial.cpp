#include "optimizer/failed_trial.hpp"

#include <algorithm>
#include <string_view>

namespace whittle::optimizer {

bool is_about_the_change(const Error& error) {
  return error.kind() != ErrorKind::interrupted && error.kind() != ErrorKind::io &&
         error.kind() != ErrorKind::machine_limit;
}

std::string reason_of(const Error& error) {
  std::string_view rest = error.message();
  const auto first = rest.substr(0, rest.find('\n'));
  while (rest.find('\n') != std::string_view::npos) {
    rest.remove_prefix(rest.find('\n') + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    const auto line = rest.substr(0, rest.find('\n'));
    if (line.empty() || line.starts_with('#'))
      continue;  // "# example.com/shop", what the next lines are about
    return std::string(first) + " " + std::string(line);
  }
  return std::string(first);
}

}  // namespace whittle::optimizer
