// A record of a shared cache: what is understood is written as it is understood.
#include "builder/shared_record.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {

void shared_record_input(std::string_view input) {
  try {
    const auto text = builder::to_text(builder::shared_record_from(input, "the input"));
    if (text)
      require(builder::to_text(builder::shared_record_from(*text, "it")) == text,
              "it is read as it was written");
  } catch (const Error&) {
    // refused
  }
}

}  // namespace whittle::fuzz
