// What is remembered of a file of an image once its bytes have gone by: what it may ask for when it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "closure/package_files.hpp"
#include "layers/merged_tree.hpp"

namespace whittle::closure {

// What a program or library has others do for it, by the functions that it imports.
enum class Call : std::uint32_t {
  open_library = 1U << 0U,   // dlopen
  run_command = 1U << 1U,    // execvp and its like: a name, looked up in PATH
  run_shell = 1U << 2U,      // system, popen
  resolve_names = 1U << 3U,  // getaddrinfo and its like
  look_up_users = 1U << 4U,  // getpwnam, getgrnam and their like
  convert_text = 1U << 5U,   // iconv_open
  tell_time = 1U << 6U,      // localtime and its like
  set_locale = 1U << 7U,     // setlocale
  end_threads = 1U << 8U,    // pthread_exit and others for which glibc loads libgcc_s
};

struct ElfFacts {
  std::uint16_t machine = 0;
  bool is_64_bit = true;
  bool is_little_endian = true;
  bool is_executable = false;  // asks for a loader, or is loaded where it says (ET_EXEC)
  bool is_go = false;
  std::string interpreter = {};  // PT_INTERP
  std::string soname = {};
  std::string rpath = {};
  std::string runpath = {};
  std::vector<std::string> needed = {};
  std::uint32_t calls = 0;  // of Call
  // Constants in its read-only data, sorted.
  std::vector<std::string> paths = {};  // absolute
  std::vector<std::string> fragments =
      {};  // begin with an absolute path; where that ends is not known: Go, Rust
  std::vector<std::string> libraries = {};  // "libfoo.so.1"
  std::vector<std::string> words = {};      // what could be a command's name, if it runs any
  std::vector<std::string> commands = {};   // that it surely runs, by name or path: of Go
  bool computes_commands = false;           // of Go: it runs some whose names are not constant

  bool does(Call call) const { return (calls & static_cast<std::uint32_t>(call)) != 0; }
};

struct FileFacts {
  enum class Kind { elf, broken_elf, script, text };
  Kind kind = Kind::text;
  ElfFacts elf = {};
  std::string text = {};  // of a script its first line, of what is read further all of it; of broken ELF, why
  bool is_cut = false;    // the text went on
  std::vector<std::string> paths = {};  // absolute ones that stand in a configuration file; may hold `*`
};

// A file that is not in here can ask for nothing.
struct FactTable {
  std::map<layers::MergedEntry::Origin, FileFacts> files = {};  // of all hard links to a file
  PackageFiles packages = {};
  std::vector<std::string> warnings = {};  // for people; escaped
};

// Whether the text of a file is wanted as a whole, whatever it begins with: configuration that is understood.
bool is_understood_text(std::string_view path);
// Whether absolute paths in a text file are wanted: it configures something.
bool is_configuration(std::string_view path);

}  // namespace whittle::closure
