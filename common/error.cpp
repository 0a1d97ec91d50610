#include "common/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace whittle {

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::internal:
      return "internal";
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::spec:
      return "spec";
    case ErrorKind::spec_limit:
      return "limit";
    case ErrorKind::source:
      return "source";
    case ErrorKind::toolchain:
      return "toolchain";
    case ErrorKind::not_found:
      return "not-found";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::network:
      return "network";
    case ErrorKind::registry:
      return "registry";
    case ErrorKind::remote_conflict:
      return "conflict";
    case ErrorKind::auth:
      return "auth";
    case ErrorKind::integrity:
      return "integrity";
    case ErrorKind::unverified:
      return "unverified";
    case ErrorKind::limit:
      return "limit";
    case ErrorKind::budget:
      return "budget";
    case ErrorKind::policy:
      return "policy";
    case ErrorKind::io:
      return "io";
    case ErrorKind::machine_limit:
      return "limit";
    case ErrorKind::interrupted:
      return "interrupted";
  }
  return "internal";
}

Error::Error(ErrorKind kind, std::string cause) : kind_(kind), message_(std::move(cause)) {}

Error& Error::context(std::string_view doing) {
  message_.insert(0, fmt::format("{}: ", doing));
  return *this;
}

Error& Error::hint(std::string text) {
  hints_.push_back(std::move(text));
  return *this;
}

void throw_errno(int error_number, std::string_view doing) {
  Error error(ErrorKind::io, std::generic_category().message(error_number));
  error.context(doing);
  if (error_number == ENOSPC) error.hint("the disk is full: free space there and run the command again");
  if (error_number == EDQUOT) error.hint("the disk quota is used up: free space and run the command again");
  if (error_number == EMFILE) error.hint("too many open files: raise `ulimit -n` or lower --jobs");
  throw error;
}

}  // namespace whittle
