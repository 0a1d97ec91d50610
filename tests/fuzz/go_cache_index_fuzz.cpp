// An index of entries of Go's build cache: what is understood is written as it is understood.
#include "builder/go_cache_index.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {

void go_cache_index_input(std::string_view input) {
  try {
    const auto entries = builder::cache_entries_from(input, "the input");
    require(builder::cache_entries_from(builder::to_text(entries), "it") == entries,
            "it is read as it was written");
  } catch (const Error&) {
    // refused
  }
}

}  // namespace whittle::fuzz
