// Debian's control syntax (Debian policy, section 5.1; deb822(5)): paragraphs of fields, separated by blank
// lines. Read in place: nothing is copied, so an index of 50 MB costs little beside its own bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace whittle::packages {

// Views into the text that was read. The value is what follows the colon, without blanks around it; further
// lines stand in it as they are written, with the blank that begins them.
struct ControlField {
  std::string_view name;
  std::string_view value;
};

// Valid until the next one is read into it.
struct ControlParagraph {
  std::vector<ControlField> fields;  // in the order of the text, names distinct
  std::size_t line = 0;              // of the first field, counted from 1

  // Names are compared without regard to case. Nothing when there is no such field.
  std::optional<std::string_view> find(std::string_view name) const;
  // The same, empty when there is no such field.
  std::string_view value(std::string_view name) const { return find(name).value_or(std::string_view()); }
};

struct ControlLimits {
  std::size_t line = 1U << 20U;        // bytes
  std::size_t fields = 256;            // of a paragraph
  std::size_t paragraph = 16U << 20U;  // bytes
};

struct ControlOptions {
  ErrorKind kind = ErrorKind::integrity;  // of what is malformed
  bool comments = false;                  // lines that begin with "#" mean nothing
  ControlLimits limits = {};
};

// Borrows the text. One thread per instance.
class ControlReader {
 public:
  // `what` names the text in messages.
  ControlReader(std::string_view text, std::string what, ControlOptions options = {})
      : text_(text), what_(std::move(what)), options_(options) {}

  // Reads the next paragraph; false at the end. Error(options.kind) "WHAT:LINE: …" for a line that is no
  // field, a field that is there twice, a NUL byte; Error(limit).
  bool next(ControlParagraph& paragraph);

 private:
  std::string_view take_line();
  void add_field(ControlParagraph& paragraph, std::string_view line);
  [[noreturn]] void fail(std::string_view why) const;
  [[noreturn]] void fail_limit(std::string_view why) const;

  std::string_view text_;
  std::string what_;
  ControlOptions options_;
  std::size_t position_ = 0;
  std::size_t line_ = 0;
};

// The lines of a value, blanks around each removed, comments and empty lines left out.
std::vector<std::string_view> lines_of(std::string_view value);
// The words of a value, over all of its lines, comments left out.
std::vector<std::string_view> words_of(std::string_view value);
// Without blanks, tabs and line ends around it.
std::string_view trimmed(std::string_view text);
// ASCII letters alone count as equal in both cases. The first wants texts of one length.
bool equal_letters(std::string_view a, std::string_view b);
inline bool equal_names(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         equal_letters(a, b);  // mostly the length decides: this is asked millions of times
}

}  // namespace whittle::packages
