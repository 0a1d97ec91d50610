#include "registry/challenge.hpp"

#include <algorithm>

#include "common/ascii.hpp"
#include "registry/url.hpp"

namespace whittle::registry {
namespace {

// RFC 9110, section 5.6.2; with the characters of token68 that are none of a token.
bool is_token_character(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~/").find(c) != std::string_view::npos;
}

class ChallengeReader {
 public:
  explicit ChallengeReader(std::string_view text) : text_(text) {}

  void read(std::vector<Challenge>& challenges) {
    bool open = false;  // whether a parameter belongs to a challenge of this field
    while (skip(" \t,"), !at_end()) {
      const auto name = token();
      if (name.empty()) {
        // Neither a scheme nor a parameter begins here; go on behind the next comma.
        position_ = std::min(text_.find(',', position_), text_.size());
        continue;
      }
      const auto behind_name = position_;
      skip(" \t");
      if (!at_end() && text_[position_] == '=') {
        ++position_;
        skip(" \t");
        auto value = peek() == '"' ? quoted() : value_token();
        if (open) challenges.back().parameters.emplace(lower_case(name), std::move(value));
        continue;
      }
      position_ = behind_name;
      challenges.push_back({lower_case(name), {}});
      open = true;
      skip_token68();
    }
  }

 private:
  bool at_end() const { return position_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[position_]; }
  void skip(std::string_view characters) {
    position_ = std::min(text_.find_first_not_of(characters, position_), text_.size());
  }
  std::string_view token() {
    const auto begin = position_;
    while (!at_end() && is_token_character(text_[position_])) ++position_;
    return text_.substr(begin, position_ - begin);
  }
  // Unquoted values are taken up to the next comma or blank, which is more than a token: some send bare URLs.
  std::string value_token() {
    const auto begin = position_;
    position_ = std::min(text_.find_first_of(" \t,", position_), text_.size());
    return std::string(text_.substr(begin, position_ - begin));
  }
  std::string quoted() {
    std::string value;
    for (++position_; !at_end() && text_[position_] != '"'; ++position_) {
      if (text_[position_] == '\\' && position_ + 1 < text_.size()) ++position_;
      value += text_[position_];
    }
    ++position_;
    return value;
  }
  // What Negotiate sends: one value behind the scheme that is not a parameter, possibly with padding.
  void skip_token68() {
    const auto begin = position_;
    skip(" \t");
    if (token().empty()) return;
    skip("=");
    skip(" \t");
    // `name=` with nothing behind it reads as either; it is of no use as a parameter.
    if (!at_end() && peek() != ',') position_ = begin;
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace

std::vector<Challenge> parse_challenges(const std::vector<std::string_view>& fields) {
  std::vector<Challenge> challenges;
  for (const auto field : fields) ChallengeReader(field).read(challenges);
  return challenges;
}

}  // namespace whittle::registry
