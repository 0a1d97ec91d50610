// Line tables kept apart from the program they belong to: what has to be put back to have the program as it
// was linked (docs/formats.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "common/digest.hpp"

namespace whittle::evidence {

inline constexpr std::string_view split_lines_type = "application/vnd.whittle.lines.v1";
inline constexpr std::size_t largest_split_lines = 128U << 20U;  // bytes, compressed

struct SplitProgram {
  Digest linked;      // of the program as it was linked
  Digest program;     // of the same without line tables
  std::string lines;  // the container that makes the one of the other
};

// Writes the program in `linked` to the new file `to`, without its line tables. The same program always gives
// the same bytes. Error(unsupported) when it is no Go program or its tables are of an unknown form,
// Error(integrity) when they are broken, Error(limit) when there is too much of them.
SplitProgram split_lines(const std::filesystem::path& linked, const std::filesystem::path& to);

// Puts the line tables back into the program in `file`. Error(integrity) when the container is broken or made
// for another program, or when something else comes out than was linked: the file is of no use then.
void restore_lines(std::unique_ptr<ByteSource> lines, const std::filesystem::path& file);

}  // namespace whittle::evidence
