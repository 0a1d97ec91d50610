// Locks: what parses is written, and read as the same.
#include "builder/lock.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {

void lock_input(std::string_view input) {
  const auto lock = parsed([&] { return builder::parse_lock(input, "the input"); });
  if (!lock) return;
  const auto text = builder::lock_text(*lock);
  require(builder::parse_lock(text, "what was written") == *lock, "it is read as it was written");
  require(builder::differences(*lock, *lock).empty(), "it does not differ from itself");
}

}  // namespace whittle::fuzz
