#include "builder/go_errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/text.hpp"

namespace whittle::builder {
namespace {

bool has_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](auto part) { return text.find(part) != std::string_view::npos; });
}

ErrorKind error_kind_of(std::string_view text) {
  if (has_any(text, {"requires go >= ", "go: download go", "toolchain not available", "go: no such tool"}))
    return ErrorKind::toolchain;
  if (has_any(text, {"terminal prompts disabled", "401 Unauthorized", "403 Forbidden",
                     "Permission denied (publickey)"}))
    return ErrorKind::auth;
  if (has_any(text, {"dial tcp", "no such host", "connection refused", "i/o timeout", "TLS handshake",
                     "x509: ", "module lookup disabled by GOPROXY=off", "unexpected EOF\n", "502 Bad Gateway",
                     "503 Service"}))
    return ErrorKind::network;
  if (has_any(text, {"no space left on device", "disk quota exceeded"})) return ErrorKind::io;
  return ErrorKind::source;
}

std::string hint_of(ErrorKind kind, std::string_view text) {
  if (kind == ErrorKind::toolchain)
    return "put a newer Go first in PATH and pin it with `go: version:` in the spec";
  if (kind == ErrorKind::network) return "modules come from where GOPROXY says (`go env GOPROXY`)";
  if (kind == ErrorKind::auth)
    return "private modules need GOPRIVATE and credentials in ~/.netrc or git's environment";
  if (has_any(text, {"missing go.sum entry", "go mod tidy", "updates to go.mod needed"}))
    return "whittle never changes go.mod and go.sum: run `go mod tidy` and commit them";
  return {};
}

// The end of what go wrote, from the beginning of a line on: the cause is what it said last.
std::string end_of(std::string_view text) {
  constexpr std::size_t most_shown = 16U << 10U;
  if (text.size() <= most_shown) return escaped(text, /*keep_lines=*/true, most_shown);
  text.remove_prefix(text.size() - most_shown);
  const auto line = text.find('\n') + 1;
  if (line > 0 && line < text.size()) text.remove_prefix(line);
  return "…\n" + escaped(text, /*keep_lines=*/true, most_shown);
}

}  // namespace

Error go_failure(const Outcome& outcome, std::string_view what) {
  std::string lines = end_of(outcome.errors);
  while (lines.ends_with('\n')) lines.pop_back();
  if (outcome.signal != 0) {
    Error error(ErrorKind::toolchain, fmt::format("go was ended by signal {}{}{}", outcome.signal,
                                                  lines.empty() ? "" : "\n", lines));
    error.context(what);
    if (outcome.signal == 9) error.hint("the system may have run out of memory: lower --jobs");
    return error;
  }
  const ErrorKind kind = error_kind_of(outcome.errors);
  Error error(kind, fmt::format("go failed with exit code {}{}{}", outcome.exit_code,
                                lines.empty() ? "" : ":\n", lines));
  error.context(what);
  if (auto hint = hint_of(kind, outcome.errors); !hint.empty()) error.hint(std::move(hint));
  return error;
}

}  // namespace whittle::builder
