#include "builder/go_outline.hpp"

#include <algorithm>
#include <optional>

namespace whittle::builder {
namespace {

// Reads the head of a file by Go's lexical grammar (go.dev/ref/spec). Each function moves past what it names,
// and says whether it was there.
class HeadReader {
 public:
  explicit HeadReader(std::string_view source) : source_(source) { take(byte_order_mark); }

  std::size_t position() const { return at_; }

  // Spaces, comments and semicolons, as many as there are; false for what only begins like a comment or does
  // not end.
  bool blanks() {
    while (at_ < source_.size()) {
      if (std::string_view(" \t\r\n\f;").find(source_[at_]) != std::string_view::npos) {
        ++at_;
      } else if (take("//")) {
        at_ = std::min(source_.find('\n', at_), source_.size());
      } else if (take("/*")) {
        if (!skip_past("*/")) return false;
      } else {
        return source_[at_] != '/';
      }
    }
    return true;
  }

  // The identifier or keyword that stands here; empty when there is none.
  std::string_view word() {
    const std::size_t start = at_;
    while (at_ < source_.size() && is_letter(source_[at_])) ++at_;
    return source_.substr(start, at_ - start);
  }

  bool import_specs() {
    if (!blanks()) return false;
    if (!take("(")) return import_spec();
    for (;;) {
      if (!blanks()) return false;
      if (take(")")) return true;
      if (!import_spec()) return false;
    }
  }

 private:
  static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  }

  static constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

  bool take(std::string_view text) {
    if (!source_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  bool skip_past(std::string_view text) {
    const auto found = source_.find(text, at_);
    if (found == std::string_view::npos) return false;
    at_ = found + text.size();
    return true;
  }
  bool import_spec() {
    if (!take(".")) word();
    return blanks() && string();
  }
  bool string() {
    if (take("`")) return skip_past("`");
    if (!take("\"")) return false;
    for (; at_ < source_.size() && source_[at_] != '\n'; ++at_) {
      if (take("\"")) return true;
      if (source_[at_] == '\\') ++at_;
    }
    return false;
  }

  std::string_view source_;
  std::size_t at_ = 0;
};

// Where the package clause and the imports end; nothing when the file does not begin as a Go file does.
std::optional<std::size_t> end_of_imports(std::string_view source) {
  HeadReader reader(source);
  if (!reader.blanks() || reader.word() != "package" || !reader.blanks() || reader.word().empty())
    return std::nullopt;
  for (;;) {
    const std::size_t end = reader.position();
    if (!reader.blanks()) return std::nullopt;
    if (reader.word() != "import") return end;
    if (!reader.import_specs()) return std::nullopt;
  }
}

bool has_lone_return(std::string_view text) {
  for (auto at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1))
    if (at + 1 == text.size() || text[at + 1] != '\n') return true;
  return false;
}

std::size_t end_of_line(std::string_view text, std::size_t at) {
  const auto end = text.find('\n', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

std::optional<std::size_t> end_of_outline(std::string_view source) {
  // go takes carriage returns out of comments: an embed directive may be hidden by them.
  if (has_lone_return(source)) return std::nullopt;
  const auto imports = end_of_imports(source);
  if (!imports) return std::nullopt;
  const auto end = end_of_line(source, *imports);  // an import comment stands behind the package clause
  if (source.substr(0, end).find('\0') != std::string_view::npos) return std::nullopt;
  // Whether such a line is a directive, or lies in a string or a comment, depends on all that stands before
  // it.
  const auto embed = source.rfind("go:embed");
  return embed == std::string_view::npos ? end : std::max(end, end_of_line(source, embed));
}

}  // namespace

Sha256 outline_of(std::string_view source) {
  const auto end = end_of_outline(source);
  return to_sha256(
      KeyHasher().add(end ? "outline" : "file").add(source.substr(0, end.value_or(source.size()))).finish());
}

}  // namespace whittle::builder
