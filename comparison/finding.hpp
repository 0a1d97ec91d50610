// What differs between two images, one finding per fact: where it is, in which aspect, and both values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::comparison {

// From the outside in: {"linux/amd64", "layer 2", "usr/bin/api", "section .text", "function main.main"}.
using Where = std::vector<std::string>;
// One step further in.
Where below(Where where, std::string step);

struct Finding {
  Where where;
  std::string aspect;            // one of the words of docs/formats.md: "mode", "content", "go-version", …
  std::optional<std::string> a;  // nothing: not there. Raw bytes of the image, not escaped
  std::optional<std::string> b;
  std::string note = {};  // in words, where two values do not say it
};

// Collects findings in the order they are made. Of each aspect the first `kept_per_aspect` are kept and the
// others counted, and values are cut at `kept_bytes`: memory does not grow with the images. One thread at a
// time.
class Findings {
 public:
  static constexpr std::size_t kept_per_aspect = 1'000;
  static constexpr std::size_t kept_bytes = 4'096;

  void add(Finding finding);

  const std::vector<Finding>& kept() const { return kept_; }
  std::uint64_t count(std::string_view aspect) const;
  std::uint64_t count() const { return count_; }
  bool empty() const { return count_ == 0; }

 private:
  std::vector<Finding> kept_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  std::uint64_t count_ = 0;
};

// Why two images differ, in words: what explains most comes first (causes.hpp).
struct Cause {
  std::string kind;  // a stable word: "go-version", "dependency", "trimpath", "umask", "compressor", …
  std::string text;  // one line
  std::uint64_t explains = 0;  // findings
};

}  // namespace whittle::comparison
