// What a failed go command wrote, as it is shown.
#include "builder/go_errors.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::go_errors_input(std::string_view input) {
  Outcome outcome;
  outcome.exit_code = 1;
  outcome.errors = input;
  require_showable(builder::go_failure(outcome, "compiling"));
  outcome.signal = 9;
  require_showable(builder::go_failure(outcome, "compiling"));
}
