// What the time stamps of two layers have in common: so that ten thousand of them can be said in one line.
#pragma once

#include <cstdint>

#include "comparison/finding.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::comparison {

class TimePattern {
 public:
  void add(const layers::TarEntry& a, const layers::TarEntry& b);
  // One finding of aspect "time-stamps" for the layer, when every entry's differs and there are several.
  void add_findings(const Where& where, Findings& findings) const;

 private:
  struct Range {
    std::int64_t first = INT64_MAX;
    std::int64_t last = INT64_MIN;
    void add(std::int64_t time);
    std::string text() const;
  };
  Range a_;
  Range b_;
  std::uint64_t entries_ = 0;
  std::uint64_t differing_ = 0;
};

}  // namespace whittle::comparison
