// What of a program's build information steers building it again: no argument for go that is not on the list.
#include "optimizer/foreign_settings.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::foreign_settings_input(std::string_view input) {
  const auto info = parsed([&] { return binaries::parse_module_info(input); });
  if (!info) return;
  const auto settings = optimizer::read_foreign_settings(*info);
  for (const auto& flag : settings.flags)
    require(flag == "-trimpath" || flag.starts_with("-buildvcs=") || flag.starts_with("-tags=") ||
                flag == "-gcflags=all=-l",
            "a flag that is allowed");
  for (const auto& variable : settings.variables)
    require(variable.starts_with("GO") || variable.starts_with("CGO_ENABLED="), "a variable that is allowed");
  require(!settings.package.starts_with('-') && !settings.package.starts_with('/'), "a package, not a flag");
  if (!settings.linker_flags) return;
  for (const auto& flag : *settings.linker_flags) require(!flag.starts_with('@'), "no file of arguments");
}
