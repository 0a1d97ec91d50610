// The texts that differ in two data sections of equal size: where a value was exchanged for another one of
// its length, as -X of the linker and constants do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "binaries/random_access.hpp"

namespace whittle::comparison {

struct DataText {
  std::uint64_t offset = 0;
  std::string a;
  std::string b;
};

inline constexpr std::size_t most_texts = 8;

// Nothing when the contents are too different for single texts to say anything: more than 64 places differ. A
// text goes as far as both are printable and no blank stands, at most 32 bytes to each side of what differs.
// Go's constants stand side by side with nothing between, so a text may hold the end of one and the start of
// another.
std::vector<DataText> exchanged_texts(const binaries::RandomAccess& a, const binaries::RandomAccess& b);

// The first time stamps (RFC 3339, to the second) in two texts, when they stand at one place and differ.
std::optional<std::pair<std::string, std::string>> time_stamps_in(std::string_view a, std::string_view b);

}  // namespace whittle::comparison
