// The variables of a Dockerfile, and texts in which they are replaced by what is known of them.
//
// What only a build can know (a git commit, an argument without a default) stands in an expanded text as a
// mark: one control character, which no Dockerfile may contain. Whoever uses a text asks which marks it has.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::builder {

namespace mark {
inline constexpr char unknown = '\x01';   // not known, whatever it is
inline constexpr char commit = '\x02';    // the git commit
inline constexpr char version = '\x03';   // the git tag or version
inline constexpr char platform = '\x04';  // what the wanted platform decides: TARGETARCH and the like
inline constexpr char date = '\x05';      // when it is built
}  // namespace mark

bool has_mark(std::string_view text);
// The text as a person reads it: "<unknown>" and the like instead of marks.
std::string without_marks(std::string_view text);
// The text as a spec has it: `$` is escaped where it would be read as a named value, and ${git.commit} and
// ${version} stand for their marks. Nothing when another mark is in it.
std::optional<std::string> spec_text(std::string_view text);

// Values by name. A value never exceeds longest_value bytes.
class Variables {
 public:
  static constexpr std::size_t longest_value = 64U << 10U;

  // Error(limit) for a value that is too long.
  void set(const std::string& name, std::string value);
  // ARG NAME without a default: a mark that the name suggests (VERSION, GIT_COMMIT, BUILD_DATE), or the
  // unknown one.
  void declare(const std::string& name);
  const std::string* find(std::string_view name) const;

  // What `${EXPRESSION}` is: NAME, NAME:-word, NAME-word, :+ + :? ?, # ## % %% / and //. A name without a
  // value is empty. Words in it are expanded in turn. Error(unsupported) for other forms, Error(limit) for
  // what becomes too long or is nested too deep.
  std::string substitute(std::string_view expression, char escape, std::size_t depth = 0) const;

  // A word as Docker reads it: quotes and escapes removed, variables replaced. Errors as above.
  std::string expand(std::string_view word, char escape, std::size_t depth = 0) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

// Splits at blanks outside of quotes; the words keep their quotes and escapes.
std::vector<std::string> split_words(std::string_view text, char escape);

// Where the `}` that belongs to `${` stands, from the first character behind the brace; npos when there is
// none.
std::size_t closing_brace(std::string_view text, std::size_t from);

// Whether the word is NAME=…, an assignment of the shell.
bool is_name(std::string_view text);

}  // namespace whittle::builder
