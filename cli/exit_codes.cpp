#include "cli/exit_codes.hpp"

#include <array>

namespace whittle::cli {

int exit_code_of(ErrorKind kind, int signal) {
  switch (kind) {
    case ErrorKind::internal:
      return 1;
    case ErrorKind::usage:
      return 2;
    case ErrorKind::spec:
    case ErrorKind::spec_limit:
      return 3;
    case ErrorKind::source:
    case ErrorKind::toolchain:
      return 4;
    case ErrorKind::not_found:
    case ErrorKind::unsupported:
    case ErrorKind::conflict:
      return 5;
    case ErrorKind::network:
    case ErrorKind::registry:
    case ErrorKind::remote_conflict:
      return 6;
    case ErrorKind::auth:
      return 7;
    case ErrorKind::integrity:
    case ErrorKind::unverified:
    case ErrorKind::limit:
      return 8;
    case ErrorKind::budget:
      return 9;
    case ErrorKind::policy:
      return 10;
    case ErrorKind::io:
    case ErrorKind::machine_limit:
      return 11;
    case ErrorKind::interrupted:
      return 128 + (signal > 0 ? signal : 2);
  }
  return 1;
}

std::span<const ExitCode> exit_codes() {
  static constexpr std::array codes = std::to_array<ExitCode>({
      {"0", "done"},
      {"1", "a defect in whittle; please report it"},
      {"2", "a wrong flag, argument, image name or reference"},
      {"3", "the spec or the lock is invalid, stale, or beyond its limits"},
      {"4", "compiling failed"},
      {"5", "an input is missing, of a form whittle does not handle, or changed underneath"},
      {"6", "no usable connection, or a registry that answers wrongly or with a refusal"},
      {"7", "not authenticated or not allowed"},
      {"8", "bytes contradict their digest or format, or go beyond a limit on foreign bytes"},
      {"9",
       "an image is larger than its spec allows, or takes more memory than `smoke`, `build --smoke` or "
       "`tune` gave it"},
      {"10", "refused by the gate or a policy"},
      {"11", "this machine: disk, permissions, memory"},
      {"12", "no error: `diff --exit-code` found a difference"},
      {"130, 143", "SIGINT (Ctrl-C), SIGTERM"},
  });
  return codes;
}

}  // namespace whittle::cli
