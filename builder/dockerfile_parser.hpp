// Reads a Dockerfile into its instructions, as the reference of the format says (Docker's "Dockerfile
// reference"). Nothing is expanded, executed or fetched.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace whittle::builder {

struct Heredoc {
  std::string name;
  std::string text;     // the lines between, tabs in front removed for `<<-`
  bool expands = true;  // its name is written without quotes
};

// One instruction, its continued lines joined and the comments between them left out.
struct Instruction {
  std::string name;                                             // in upper case: "RUN"
  std::size_t line = 0;                                         // where it begins, counted from 1
  std::vector<std::pair<std::string, std::string>> flags = {};  // "--from=builder" is {"from", "builder"}
  std::string arguments = {};  // what follows the flags, without blanks around
  std::vector<std::pair<std::size_t, std::size_t>> lines =
      {};                                             // offsets in `arguments` where a source line begins
  std::optional<std::vector<std::string>> json = {};  // the arguments when they are a JSON list of texts
  std::vector<Heredoc> heredocs = {};
  bool is_cut = false;  // longer than longest_instruction: not to be read

  std::optional<std::string> flag(std::string_view flag_name) const;  // the first of that name
  std::size_t line_at(std::size_t offset) const;  // the source line of a place in `arguments`
  std::string text() const;                       // as it is shown: name, flags, arguments
};

struct Dockerfile {
  char escape = '\\';                        // of the `escape` directive
  std::vector<std::string> directives = {};  // "syntax=…", for the report
  std::vector<Instruction> instructions = {};
};

// The limits of a Dockerfile (hostile 267).
inline constexpr std::size_t longest_dockerfile = 16U << 20U;    // bytes
inline constexpr std::size_t longest_instruction = 128U << 10U;  // bytes, of its joined lines
inline constexpr std::size_t most_instructions = 4000;

// `name` stands for the file in messages. Error(unsupported) for text that is not UTF-8 or has control
// characters, an `escape` directive of another character, a heredoc without its end; Error(limit) beyond the
// limits. Takes time linear in the size.
Dockerfile parse_dockerfile(std::string_view text, std::string_view name);

}  // namespace whittle::builder
