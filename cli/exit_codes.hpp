// Which exit code each kind of error has (docs/exit-codes.md).
#pragma once

#include "common/error.hpp"

namespace whittle::cli {

// `signal` is the number of the signal that interrupted, for kind interrupted.
int exit_code_of(ErrorKind kind, int signal);

// Of `diff --exit-code` when the images differ: no error, so none of the codes above.
inline constexpr int exit_code_of_a_difference = 12;

}  // namespace whittle::cli
