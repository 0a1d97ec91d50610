#include "closure/string_constants.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "common/ascii.hpp"

namespace whittle::closure {
namespace {

constexpr std::size_t longest_text = 4'096;
constexpr std::size_t buffered = 256U << 10U;
constexpr std::size_t longest_command_word = 32;

// In packed texts a path is known by its first folder (FHS 3.0, chapter 3, and what containers use beside
// it).
constexpr std::array<std::string_view, 16> roots = {"app/", "bin/",   "config/", "data/", "etc/", "home/",
                                                    "lib/", "lib64/", "opt/",    "root/", "run/", "sbin/",
                                                    "srv/", "usr/",   "var/",    "tmp/"};

bool is_path_character(char c) {
  return is_letter_or_digit(c) || std::string_view("/._+-@~").find(c) != std::string_view::npos;
}
bool is_word_character(char c) {
  return is_letter_or_digit(c) || std::string_view("._+-[").find(c) != std::string_view::npos;
}

// A path begins where a word does, and behind it comes a name.
bool begins_path(std::string_view text, std::size_t at) {
  if (at > 0 && std::string_view(" \t\n=:\"'`,;(<[{|>").find(text[at - 1]) == std::string_view::npos)
    return false;
  return at + 1 < text.size() &&
         (is_letter_or_digit(text[at + 1]) || text[at + 1] == '_' || text[at + 1] == '.');
}

// The first word of a text, if that could be the name of a command that is run with what follows.
std::string_view command_of(std::string_view text) {
  const auto end = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, end);
  if (word.empty() || word.size() > longest_command_word ||
      !std::all_of(word.begin(), word.end(), is_word_character))
    return {};
  if (end == text.size()) return word;
  const auto rest = text.substr(end);
  const bool is_command_line =
      rest.starts_with(" -") || rest.starts_with(" %") || rest.find_first_of("|>") != std::string_view::npos;
  return is_command_line ? word : std::string_view();
}

}  // namespace

bool is_library_name(std::string_view text) {
  const auto suffix = text.find(".so");
  if (suffix == 0 || suffix == std::string_view::npos || text.size() > 128) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c != '/' && is_path_character(c); }))
    return false;
  const auto rest = text.substr(suffix + 3);
  return rest.empty() || (rest[0] == '.' && rest.size() > 1 && is_letter_or_digit(rest[1]));
}

void each_path(std::string_view text, bool globs, const std::function<void(std::string_view)>& keep) {
  for (auto at = text.find('/'); at != std::string_view::npos; at = text.find('/', at)) {
    if (!begins_path(text, at)) {
      ++at;
      continue;
    }
    auto end = at;
    while (end < text.size() && (is_path_character(text[end]) || (globs && text[end] == '*'))) ++end;
    auto path = text.substr(at, end - at);
    const bool goes_on =
        end < text.size() && std::string_view("%*?{$[\\").find(text[end]) != std::string_view::npos;
    if (goes_on) path = path.substr(0, path.rfind('/'));
    while (!path.empty() && std::string_view("/.,").find(path.back()) != std::string_view::npos)
      path.remove_suffix(1);
    if (path.size() > 1 && path.size() <= StringConstants::longest_path) keep(path);
    at = end;
  }
}

void StringConstants::keep(std::set<std::string>& set, std::string_view text) {
  if (set.size() >= most || bytes_ >= most_bytes) {
    is_full_ = true;
    return;
  }
  if (set.emplace(text).second) bytes_ += text.size();
}

void StringConstants::read_text(std::string_view text) {
  if (text.size() < 2 || text.size() > longest_text) return;
  if (text.find('/') != std::string_view::npos)
    each_path(text, false, [this](std::string_view path) { keep(paths, path); });
  else if (is_library_name(text))
    keep(libraries, text);
  if (!wanted_.commands) return;
  const auto word = command_of(text);
  if (!word.empty() && !is_library_name(word)) keep(words, word);
}

void StringConstants::read_packed(std::string_view text, std::size_t end) {
  for (auto at = text.find('/'); at < end; at = text.find('/', at + 1)) {
    const auto rest = text.substr(at + 1, longest_path / 2);
    if (std::none_of(roots.begin(), roots.end(),
                     [&](std::string_view root) { return rest.starts_with(root); }))
      continue;
    std::size_t length = 0;
    while (length < rest.size() && is_path_character(rest[length])) ++length;
    keep(fragments, text.substr(at, length + 1));
  }
  for (auto at = text.find(".so"); at < end; at = text.find(".so", at + 1)) {
    auto begin = at;
    while (begin > 0 && at - begin < 64 && text[begin - 1] != '/' && is_path_character(text[begin - 1]))
      --begin;
    const auto name = text.substr(begin, at - begin).rfind("lib");
    if (name == std::string_view::npos) continue;
    auto behind = at + 3;
    while (behind + 1 < text.size() && text[behind] == '.' &&
           std::isdigit(static_cast<unsigned char>(text[behind + 1])) != 0)
      behind += 2;
    keep(libraries, text.substr(begin + name, behind - begin - name));
  }
}

void StringConstants::read_buffer(bool at_end) {
  const std::string_view all = buffer_;
  is_rust_ = is_rust_ || all.find("RUST_BACKTRACE") != std::string_view::npos;
  std::size_t done = 0;
  for (auto nul = all.find('\0'); nul != std::string_view::npos; nul = all.find('\0', done)) {
    read_text(all.substr(done, nul - done));
    done = nul + 1;
  }
  if (all.size() - done > longest_text)
    done = all.size() - longest_text;  // no text that ends with NUL is longer
  if (wanted_.packed) {
    const auto end = at_end ? all.size() : all.size() - std::min(all.size(), longest_path);
    read_packed(all, end);
    done = std::min(done, end);
  }
  buffer_.erase(0, at_end ? buffer_.size() : done);
}

void StringConstants::take(std::string_view piece) {
  while (!piece.empty()) {
    const auto part = piece.substr(0, buffered);
    buffer_ += part;
    piece.remove_prefix(part.size());
    if (buffer_.size() >= buffered) read_buffer(false);
  }
}

void StringConstants::end_section() {
  read_buffer(true);
}

}  // namespace whittle::closure
