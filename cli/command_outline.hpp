// The command line as it is declared, in one walk: what manual pages and completion scripts are made of.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace whittle::cli {

// An option, or an argument that stands for itself.
struct OptionOutline {
  std::vector<std::string> names = {};    // "-o", "--output"; none of an argument
  std::string value = {};                 // what it takes: "VALUE", "N", an argument's name; "" of a switch
  std::vector<std::string> choices = {};  // all values that there are, where that is known
  std::string description = {};
  bool required = false;
  bool repeatable = false;
};

struct CommandOutline {
  std::vector<std::string> path = {};  // "whittle", "cache", "gc"
  std::string description = {};
  std::vector<OptionOutline> arguments = {};
  std::vector<OptionOutline> options = {};  // its own; those of "whittle" may follow any command
  std::vector<CommandOutline> commands = {};
};

// What is hidden from --help is left out. In the order in which it was declared.
CommandOutline outline_of(const CLI::App& app);

}  // namespace whittle::cli
