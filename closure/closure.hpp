// Which files of an image it needs to start and to do its work, found without running it, and why each.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "closure/file_facts.hpp"
#include "layers/config.hpp"
#include "layers/merged_tree.hpp"

namespace whittle::closure {

// docs/closure.md lists them.
enum class Why {
  entrypoint,  // what the config starts
  command,     // its arguments when it starts something else
  healthcheck,
  argument,     // a file that the command line names
  wanted,       // by the user
  parent,       // a folder with something needed in it
  link,         // a symbolic link on the way to something needed
  link_target,  // of a link that is kept
  loader,       // PT_INTERP
  loader_settings,
  library,  // DT_NEEDED
  opened,   // named in a program that loads libraries by name
  interpreter,
  shell,  // for a program that calls system() or popen()
  script_command,
  sourced,
  named,       // a path in a program's data
  configured,  // a path in a configuration
  run,         // named in a program that runs commands
  host_names,
  users,
  certificates,
  time_zones,
  locale,
  conversions,
  terminal,
  runtime,      // standard library of a language
  module,       // what a library loads when it is asked for something
  application,  // what lies beside a program in a language that reads its own files
  package,      // configuration and data of the package of a program
  identity,     // who and what this system is
  licence,
  database,  // of packages
  state,     // a folder to write to
  not_packaged,
};

// Borrows the tree whose path `by` is.
struct Reason {
  Why why = Why::entrypoint;
  std::string_view by = {};  // what asks for it; "" for the config
  bool is_weak = false;      // perhaps: a name was found, not that it is used
  bool with_folder = false;  // it lies in a folder that is kept with all below
};
// "a library of /usr/sbin/nginx", for people; escaped.
std::string text_of(const Reason& reason);

struct ClosureOptions {
  using IsSo = std::function<bool(const layers::MergedEntry&)>;
  bool strict = false;  // leave out what is kept for a weak reason, and files of no package
  IsSo is_wanted = {};  // by the user; nothing: no file
  IsSo is_gone = {};    // in any case, and counts as not there; nothing: no file
};

struct Closure {
  std::map<std::string_view, Reason> kept = {};  // by path in the tree, which must outlive this
  std::set<std::string> packages = {};           // that have a file in it other than documentation
  std::vector<std::string> warnings = {};        // for people; escaped
};

// Error(unsupported) when the config starts nothing and nothing is kept either. What cannot be known, and
// what was missing before, is a warning.
Closure closure(const layers::MergedTree& tree, const FactTable& facts, const layers::ImageConfig& config,
                const ClosureOptions& options);

}  // namespace whittle::closure
