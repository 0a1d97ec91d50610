#include "cli/exit_codes.hpp"

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

}  // namespace whittle::cli
