// Which exit code each kind of error has (docs/exit-codes.md).
#pragma once

#include <span>
#include <string_view>

#include "common/error.hpp"

namespace whittle::cli {

// `signal` is the number of the signal that interrupted, for kind interrupted.
int exit_code_of(ErrorKind kind, int signal);

// Of `diff --exit-code` when the images differ: no error, so none of the codes above.
inline constexpr int exit_code_of_a_difference = 12;

// What is told of them in manual pages; the same as in docs/exit-codes.md.
struct ExitCode {
  std::string_view codes;  // "0"; "130, 143"
  std::string_view meaning;
};
std::span<const ExitCode> exit_codes();

}  // namespace whittle::cli
