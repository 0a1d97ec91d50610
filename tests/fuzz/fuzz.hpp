// What the fuzz targets share. A target is one NAME_fuzz.cpp that defines NAME_input(), a folder corpus/NAME,
// and its name in CMakeLists.txt, which declares that function: it feeds one input to the parser. That the
// input is refused with an Error is fine; anything else that leaves is a finding.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/file.hpp"
#include "fuzz_targets.hpp"

namespace whittle::fuzz {

// A property of the parser; when it does not hold, that is a finding and ends the process.
void require(bool holds, std::string_view property);

// Every Error may be shown as it is: no defect of ours, no bytes that a terminal obeys, of bounded length.
void require_showable(const Error& error);

// What `parse()` gives; nothing when it refuses the input.
template <class Parse>
auto parsed(const Parse& parse) -> std::optional<decltype(parse())> {
  try {
    return parse();
  } catch (const Error& error) {
    require_showable(error);
    return std::nullopt;
  }
}

// Takes the first line of `input` away and returns it: for parsers of several texts.
std::string_view take_line(std::string_view& input);

// A regular file that lives in memory, for parsers that take a path.
class MemoryFile {
 public:
  MemoryFile();
  void set(std::string_view text);
  const std::filesystem::path& path() const { return path_; }

 private:
  Fd fd_;
  std::filesystem::path path_;
};

}  // namespace whittle::fuzz
