// What keeps the linker from dropping methods, found out by a linker that does not mind.
//
// A call of reflect's Method or MethodByName with a name that is not constant may reach any exported method.
// As soon as one such call is reachable, the linker keeps every exported method of every type that reaches an
// interface (cmd/link/internal/ld/deadcode.go). A linker that is blind to these calls shows both what they
// cost and which of them are reachable by themselves, and not only through what another one keeps.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::optimizer {

// Where the pass lies, relative to GOROOT.
inline constexpr std::string_view dead_code_pass = "src/cmd/link/internal/ld/deadcode.go";

// The source of that pass, made blind: it prints a line for each function with such a call instead. Nothing
// when the source is not of the form that Go 1.18 and later have.
std::optional<std::string> blinded(std::string source);

// The functions that a blind linker has named, sorted, each once; those of package reflect only where there
// are no others. Lines of another form do not count; at most 10,000 names are kept, of at most 4,096 bytes.
std::vector<std::string> parse_marks(std::string_view text);

}  // namespace whittle::optimizer
