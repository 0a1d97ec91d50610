#include "cli/command_outline.hpp"

#include <CLI/CLI.hpp>
#include <string_view>

namespace whittle::cli {
namespace {

// "TEXT:{spdx,cyclonedx}" is how a value with known choices describes itself.
std::vector<std::string> choices_in(std::string_view type) {
  const auto open = type.find(":{");
  const auto close = type.find('}', open);
  if (open == std::string_view::npos || close == std::string_view::npos) return {};
  return CLI::detail::split(std::string(type.substr(open + 2, close - open - 2)), ',');
}

// The library's own words for types say less than these.
std::string value_in(std::string_view type) {
  const auto name = type.substr(0, type.find_first_of(": "));
  if (name == "TEXT") return "VALUE";
  if (name == "UINT" || name == "INT" || name == "FLOAT") return "N";
  return std::string(name);
}

OptionOutline outline_of(const CLI::Option& option) {
  OptionOutline outline;
  for (const auto& name : option.get_snames()) outline.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) outline.names.push_back("--" + name);
  const auto type = option.get_type_name();
  outline.choices = choices_in(type);
  if (option.get_positional())
    outline.value = option.get_name(true);
  else if (option.get_items_expected_max() > 0)
    outline.value = value_in(type);
  outline.description = option.get_description();
  outline.required = option.get_required();
  outline.repeatable = option.get_items_expected_max() > 1;
  return outline;
}

CommandOutline outline_of(const CLI::App& app, std::vector<std::string> path) {
  CommandOutline outline;
  path.push_back(app.get_name());
  outline.path = path;
  outline.description = app.get_description();
  for (const auto* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    auto& list = option->get_positional() ? outline.arguments : outline.options;
    list.push_back(outline_of(*option));
  }
  for (const auto* command :
       app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); }))
    outline.commands.push_back(outline_of(*command, path));
  return outline;
}

}  // namespace

CommandOutline outline_of(const CLI::App& app) {
  return outline_of(app, {});
}

}  // namespace whittle::cli
