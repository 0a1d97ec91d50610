// A program of an image with its line tables put back, asked for the places that a trace of it leaves out.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "binaries/elf.hpp"
#include "binaries/go_functions.hpp"
#include "binaries/go_positions.hpp"
#include "binaries/random_access.hpp"
#include "common/limits.hpp"
#include "layers/descriptor.hpp"
#include "registry/image_io.hpp"

namespace whittle::optimizer {

struct SourcePlace {
  std::string file;
  std::int32_t line = 0;
  auto operator<=>(const SourcePlace&) const = default;
};

// What a trace says of one function on a stack.
struct TracedCall {
  std::string function;                   // as it is printed
  std::uint64_t offset = 0;               // bytes from its entry
  std::vector<std::string> inlined = {};  // printed before it as inlined there, the innermost first
  bool interrupted = false;               // it did not call what is above it: it was at that very place
  std::optional<std::uint64_t> signal_place = {};  // the address that a signal came at, if the trace says so
};

// One thread. Error(integrity) when the file contradicts itself.
class RestoredProgram {
 public:
  explicit RestoredProgram(const std::filesystem::path& file);
  RestoredProgram(const RestoredProgram&) = delete;
  RestoredProgram& operator=(const RestoredProgram&) = delete;

  // Whether there is a function that is printed so.
  bool knows(std::string_view function);
  // One for each of the inlined, and that of the function. Nothing when there is no such place, or when
  // several functions are printed alike and differ about it.
  std::vector<SourcePlace> places(const TracedCall& call);
  // Where the function has the `go` statement.
  std::optional<SourcePlace> place_of_go(const TracedCall& call);

 private:
  std::vector<std::uint32_t> named(std::string_view function);
  struct Standing {
    bool interrupted = false;
    bool certain = false;  // and not only likely: what is there in another function that is printed alike
  };
  Standing standing_of(const TracedCall& call, std::uint32_t function) const;
  std::vector<binaries::GoFrame> frames(const TracedCall& call, std::uint32_t function, bool interrupted);

  binaries::FileAccess file_;
  binaries::Elf elf_;
  binaries::GoFunctions functions_;
  binaries::GoFunctions::Names names_;
  binaries::GoPositions positions_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> by_name_ = {};  // hash of the printed name; sorted
};

// Takes the program at `path` ("/usr/bin/api"; empty: the only one that has line tables apart) out of the
// image, and restores it. Returns the file, which is in `folder`; whoever made that removes it.
// Error(not_found) when there are no line tables, or no such program; Error(usage) when there are several.
std::filesystem::path restore_program(registry::ImageSource& image, const layers::Descriptor& manifest,
                                      const std::string& path, const std::filesystem::path& folder,
                                      const Limits& limits, const std::stop_token& stop);

}  // namespace whittle::optimizer
