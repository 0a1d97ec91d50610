// What a kept file asks for in its turn, rule by rule: each says it to Needs and Libraries. docs/closure.md
// says the same for people.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "closure/libraries.hpp"
#include "closure/needs.hpp"

namespace whittle::closure {

// Where a rule speaks from.
struct Seeker {
  Needs& needs;
  Libraries& libraries;
  // Of take_package(): what lies below etc, by the source of its package, and the sources that are done.
  std::optional<std::map<std::string_view, std::vector<const Needs::Node*>>> configurations = {};
  std::set<std::string_view> done = {};
};

// What the config starts: a command and its arguments (execvp(3)), texts for a shell in them, scripts, files.
void start(Seeker& seeker, const std::vector<std::string>& words, Why why);
// Files and folders that the config's variables name.
void take_environment(Seeker& seeker);

// A file that begins with "#!", or one that a shell reads.
void take_script(Seeker& seeker, const Needs::Node& node, const FileFacts& facts);
// Paths that a configuration names.
void take_configuration(Seeker& seeker, const Needs::Node& node, const FileFacts& facts);
// What others do for a program or library, and what its constants name.
void take_program(Seeker& seeker, const Needs::Node& node, const ElfFacts& elf);
// By name: the standard library of a language, what a library loads.
void take_known(Seeker& seeker, const Needs::Node& node);
// Configuration and data that the package of a program has.
void take_package(Seeker& seeker, const Needs::Node& node);

// What costs next to nothing and says what the system is; folders to write to.
void take_identity(Seeker& seeker);
void take_state(Seeker& seeker);
// Files that no package owns: the application, as its author copied it there.
void take_unpackaged(Seeker& seeker, bool strict);
// Licences of packages that files are kept of, and the database that names them.
void take_licences(Seeker& seeker);

// Shared by rules.

// A file that was kept because it lies in a folder: nobody is known to run it.
bool came_along(const Needs& needs, const Needs::Node& node);
// A folder so general that to name it says nothing of what lies in it.
bool is_broad(std::string_view folder);
// A path that something names: a file is kept; a folder with all that lies in it, unless that is broad or of
// several packages; what could be run, perhaps.
void take_named(Seeker& seeker, std::string_view path, Why why, std::string_view by);
// The same, all of it perhaps.
void perhaps_named(Seeker& seeker, std::string_view path, Why why, std::string_view by);
bool is_shared(const Needs& needs, std::string_view folder);
void take_certificates(Seeker& seeker, std::string_view by, bool hashed);
bool is_interpreter(std::string_view program);

}  // namespace whittle::closure
