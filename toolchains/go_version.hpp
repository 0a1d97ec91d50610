// Versions of Go, parsed and ordered as the go command does (go.dev/doc/toolchain, "Go versions"), and the
// lines of a go.mod or go.work that ask for one.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace whittle::toolchains {

// "1.21" (a language version), "1.21rc2", "1.21.0". A value. 1.21 < 1.21rc1 < 1.21.0, while 1.20 is 1.20.0
// and comes behind 1.20rc1.
class GoVersion {
 public:
  // Reads VERSION or goVERSION; nothing for what is not one. Stricter than Go: pre-releases are alpha, beta
  // and rc with a number, and a number has at most six digits.
  static std::optional<GoVersion> parse(std::string_view text);

  const std::string& text() const { return text_; }  // without `go` in front
  std::string language() const;                      // "1.21"
  // No toolchain has this version: since 1.21 the first release of a language version is 1.21.0.
  bool is_language() const { return stage_ == Stage::language; }
  bool is_prerelease() const { return stage_ > Stage::language && stage_ < Stage::release; }
  // Since Go 1.21 a `go` line is a minimum that go obeys.
  bool is_at_least_1_21() const { return major_ > 1 || (major_ == 1 && minor_ >= 21); }
  bool same_language(const GoVersion& other) const {
    return major_ == other.major_ && minor_ == other.minor_;
  }

  std::strong_ordering operator<=>(const GoVersion& other) const;
  bool operator==(const GoVersion& other) const { return (*this <=> other) == 0; }

 private:
  enum class Stage { language, alpha, beta, candidate, release };  // in the order of versions
  std::string text_;
  std::uint32_t major_ = 0;
  std::uint32_t minor_ = 0;
  std::uint32_t patch_ = 0;
  std::uint32_t number_ = 0;  // of a pre-release
  Stage stage_ = Stage::release;
};

struct GoLines {
  std::optional<GoVersion> go = {};         // the minimum
  std::optional<GoVersion> toolchain = {};  // `toolchain goX`; nothing for `toolchain default`
};

// The `go` and `toolchain` lines of the text of a go.mod or go.work (go.dev/ref/mod, "go directive").
// Error(source) naming `what` and the line for one that is doubled or is no version, Error(unsupported) for a
// toolchain of one's own (go1.21.3-custom), which cannot be fetched. Everything else in the text is left to
// go.
GoLines read_go_lines(std::string_view text, std::string_view what);

}  // namespace whittle::toolchains
