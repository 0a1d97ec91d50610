// What a refusing registry says: the content type on the first line, then the body. The same as a Warning.
#include "common/text.hpp"
#include "registry/answers.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::refusal_input(std::string_view input) {
  registry::warning_text(input);  // who shows it escapes it
  const auto type = take_line(input);
  const auto words = registry::read_refusal(input, type);
  require_showable(Error(ErrorKind::registry, words.text));
  for (const auto& code : words.codes) require(escaped(code) == code, "a code may be shown");
}
