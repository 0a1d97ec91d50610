// Changes inputs a little, always in the same way: a poor man's libFuzzer, for where there is none.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::fuzz {

inline constexpr std::size_t largest_input = 16U << 10U;

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> corpus);
  // A mutation of some input of the corpus, at most `largest_input` bytes.
  std::string next();

 private:
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
  std::string_view piece_of(std::string_view text);
  void edit(std::string& text);

  std::vector<std::string> corpus_;
  std::mt19937_64 random_;  // its default seed
};

}  // namespace whittle::fuzz
