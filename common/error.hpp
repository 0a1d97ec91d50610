// The one exception type of whittle: a kind, a cause, the operations it passed through, and hints.
//
// What is expected (a blob is absent, a cache missed) is a return value; an Error is for what stops the
// operation. Foreign exceptions are converted where their library is wrapped. Rendered once, in cli.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace whittle {

// Each kind belongs to one documented exit code (docs/exit-codes.md); the mapping itself lives in cli.
enum class ErrorKind {
  internal,         // a defect in whittle
  usage,            // wrong flag, argument or reference
  spec,             // whittle.yaml or the lock is invalid or stale
  spec_limit,       // a protective limit on the spec or the lock
  source,           // the user's Go code does not compile
  toolchain,        // the go command itself is missing, wrong or broken
  not_found,        // an input is missing
  unsupported,      // an input is of a form whittle does not handle
  conflict,         // an input changed while it was used
  network,          // no usable connection
  registry,         // the registry answered, but wrongly or with a refusal
  remote_conflict,  // somebody else changed the same thing in the registry
  auth,             // not authenticated or not allowed
  integrity,        // bytes contradict their digest or their format
  unverified,       // a signature, provenance or rebuild does not hold
  limit,            // a protective limit on foreign bytes
  budget,           // an image is larger than its spec allows
  policy,           // refused by the gate or a policy
  io,               // the local disk or operating system
  machine_limit,    // a protective limit on memory or disk of this machine
  interrupted,      // a signal or the caller asked to stop
};

// The kind as it is written in messages for machines, e.g. "not-found".
std::string_view name_of(ErrorKind kind);

class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string cause);

  // Adds what was being done when the error passed, outermost last: "pushing R" + "cause" reads
  // "pushing R: cause".
  Error& context(std::string_view doing);
  // Adds a line that tells the user what to do.
  Error& hint(std::string text);

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  const std::vector<std::string>& hints() const { return hints_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorKind kind_;
  std::string message_;
  std::vector<std::string> hints_;
};

// Throws Error(io) for a failed system call: "opening /x: Permission denied". A full disk, a quota or too
// many open files carry a hint.
[[noreturn]] void throw_errno(int error_number, std::string_view doing);

// Runs `work`; an Error that leaves it gains the context that `describe()` returns. `describe` is called
// only then, so building the text costs nothing on the good path.
template <class Describe, class Work>
decltype(auto) in_context(Describe&& describe, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (Error& error) {
    error.context(describe());
    throw;
  }
}

}  // namespace whittle
