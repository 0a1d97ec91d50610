// A Go source file as far as `whittle init` reads it: its words, texts and signs without comments, and what
// its head says. It knows Go's lexical grammar (go.dev/ref/spec), not its syntax; nothing here decides what
// is compiled.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::builder {

struct GoToken {
  enum class Kind { word, number, text, sign };
  Kind kind;
  std::string text;      // of a literal, what stands between the quotes, simple escapes resolved
  std::size_t line = 0;  // counted from 1
};
inline bool is_sign(const GoToken& token, char c) {
  return token.kind == GoToken::Kind::sign && token.text[0] == c;
}

struct GoSource {
  std::string package;               // empty: not a Go file
  std::vector<std::string> imports;  // "C" among them means cgo
  bool has_main = false;             // declares `func main()`
  std::vector<GoToken> tokens;       // behind the package clause
};

// Never fails; what does not end is read to the end. Takes time linear in the size.
GoSource read_go_source(std::string_view text);

// Whether the build constraint of the file (`//go:build`, else `// +build`) lets it in for Linux:
// architectures, releases of Go, `cgo` and `unix` count as true, every other tag as false. A file without
// constraint, and one that is not understood, is in.
bool is_built_for_linux(std::string_view text);

}  // namespace whittle::builder
