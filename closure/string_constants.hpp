// Texts in the read-only data of a program that may name what it opens or runs.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace whittle::closure {

// Feeds on the sections of one file, each in pieces. C ends its texts with NUL; Go and Rust put them one
// behind the other, so that only where a path begins can be seen. Memory is bounded: at most `most` of each
// kind are kept. One thread.
class StringConstants {
 public:
  static constexpr std::size_t most = 20'000;
  static constexpr std::size_t most_bytes = 1U << 20U;  // of all that are kept
  static constexpr std::size_t longest_path = 256;

  struct Wanted {
    bool packed = false;    // no NUL between texts
    bool commands = false;  // words that may be names of commands
  };
  explicit StringConstants(Wanted wanted) : wanted_(wanted) {}

  void take(std::string_view piece);
  void end_section();

  std::set<std::string> paths = {};
  std::set<std::string> fragments = {};
  std::set<std::string> libraries = {};
  std::set<std::string> words = {};
  bool is_rust() const { return is_rust_; }  // it has Rust's runtime in it
  bool is_incomplete() const { return is_full_; }

 private:
  void read_buffer(bool at_end);
  void read_text(std::string_view text);
  void read_packed(std::string_view text, std::size_t end);
  void keep(std::set<std::string>& set, std::string_view text);

  Wanted wanted_;
  std::string buffer_ = {};
  std::size_t bytes_ = 0;
  bool is_rust_ = false;
  bool is_full_ = false;
};

// Calls `keep` with each absolute path that begins as a word of `text` does; one that a pattern or a format
// goes on from is cut behind its last slash, but for `*`, which stays when `globs` says so.
void each_path(std::string_view text, bool globs, const std::function<void(std::string_view)>& keep);

// "libfoo.so", "foo.so.1.2": a name of a library, without a folder.
bool is_library_name(std::string_view text);

}  // namespace whittle::closure
