// What a line of a Go trace is (runtime/traceback.go, traceback2 and printcreatedby1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace whittle::optimizer {

// "main.f(0x1)", or "created by main.f in goroutine 1".
struct FunctionLine {
  std::string name;
  bool may_be_inlined = false;  // "(...)"
  bool created = false;
};
std::optional<FunctionLine> parse_function_line(std::string_view line);

// "\t?:0 +0x1d": a place that is not known.
struct PlaceLine {
  std::size_t at = 0;                        // where "?:0" begins in the line
  std::optional<std::uint64_t> offset = {};  // bytes from the function's entry
};
inline constexpr std::string_view unknown_place = "?:0";
std::optional<PlaceLine> parse_place_line(std::string_view line);

// The address in "[signal SIGSEGV: … pc=0x47e3d2]" or "PC=0x4605e3 m=0 sigcode=0".
std::optional<std::uint64_t> parse_signal_line(std::string_view line);

}  // namespace whittle::optimizer
