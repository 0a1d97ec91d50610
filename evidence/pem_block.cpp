#include "evidence/pem_block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "common/error.hpp"
#include "common/text.hpp"
#include "evidence/base64_text.hpp"

namespace whittle::evidence {
namespace {

constexpr std::size_t text_limit = 64U << 10U;  // bytes; a key has some hundreds
constexpr std::size_t label_limit = 64;
constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_mark = "-----END ";
constexpr std::string_view dashes = "-----";

Error refusal(std::string_view what, std::string_view why) {
  return Error(ErrorKind::auth, fmt::format("{} {}", what, why));
}

std::string_view without_trailing_blanks(std::string_view line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  return line;
}

// Lines that are not blank, one after the other.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  std::optional<std::string_view> next() {
    while (!rest_.empty()) {
      const auto end = std::min(rest_.find_first_of("\r\n"), rest_.size());
      const auto line = without_trailing_blanks(rest_.substr(0, end));
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      if (!line.empty()) return line;
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

// RFC 7468, section 3: capital letters and the like, single blanks between.
bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= label_limit && label.front() != ' ' && label.back() != ' ' &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' '; });
}

std::optional<std::string_view> label_of(std::string_view line, std::string_view mark) {
  if (!line.starts_with(mark) || !line.ends_with(dashes) || line.size() < mark.size() + dashes.size())
    return std::nullopt;
  const auto label = line.substr(mark.size(), line.size() - mark.size() - dashes.size());
  return is_label(label) ? std::optional(label) : std::nullopt;
}

std::optional<PemBlock> next_block(Lines& lines, std::string_view what) {
  const auto first = lines.next();
  if (!first) return std::nullopt;
  const auto label = label_of(*first, begin_mark);
  if (!label)
    throw refusal(what,
                  "is no key in PEM: it does not begin with -----BEGIN …-----, or something else is in it");
  std::string body;
  for (auto line = lines.next();; line = lines.next()) {
    if (!line) throw refusal(what, fmt::format("is cut off: -----END {}----- is missing", *label));
    if (line->starts_with(dashes)) {
      if (label_of(*line, end_mark) != label)
        throw refusal(what, fmt::format("does not end with -----END {}-----", *label));
      break;
    }
    if (line->find(':') != std::string_view::npos)
      throw refusal(
          what,
          "has a header in its PEM block, as OpenSSL's own encryption of keys has it, which is not read")
          .hint(
              "`openssl pkcs8 -topk8 -nocrypt` writes a plain key, `cosign import-key-pair` an encrypted "
              "one");
    body += *line;
  }
  auto text = SecretText::taken_from(body);
  auto bytes = decode_base64_text(text.view());
  if (!bytes || bytes->empty() || text.view().find_first_of("-_") != std::string_view::npos)
    throw refusal(what, fmt::format("has a block {} that is not base64", *label));
  return PemBlock{std::string(*label), SecretText::taken_from(*bytes)};
}

}  // namespace

PemBlock read_pem(std::string_view text, std::string_view what) {
  if (text.size() > text_limit)
    throw refusal(what, fmt::format("has more than the {} bytes that a key may have", text_limit));
  Lines lines(text);
  auto block = next_block(lines, what);
  if (!block) throw refusal(what, "is empty");
  auto second = next_block(lines, what);
  if (second && block->label == "EC PARAMETERS" && second->label == "EC PRIVATE KEY") {
    block = std::move(second);
    second = next_block(lines, what);
  }
  if (second)
    throw refusal(what, "holds several PEM blocks, and one key is wanted").hint("keep one key in one file");
  return std::move(*block);
}

}  // namespace whittle::evidence
