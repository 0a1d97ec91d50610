#include "running/memory_setting.hpp"

#include <fmt/format.h>

#include "builder/memory_spec.hpp"

namespace whittle::running {

std::vector<std::string> MemorySetting::env() const {
  std::vector<std::string> variables;
  if (soft_limit) variables.push_back("GOMEMLIMIT=" + builder::go_size(*soft_limit));
  if (!gogc.empty()) variables.push_back("GOGC=" + gogc);
  return variables;
}

std::string MemorySetting::text() const {
  auto text =
      limit ? fmt::format("{:g} MiB", static_cast<double>(*limit) / (1U << 20U)) : std::string("no limit");
  const auto variables = env();
  if (variables.empty()) return text + ", as the image is";
  for (const auto& variable : variables) text += ", " + variable;
  return text;
}

}  // namespace whittle::running
