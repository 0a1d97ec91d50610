#include "builder/sealed.hpp"

#include <fmt/format.h>

#include "common/digest.hpp"

namespace whittle::builder {
namespace {

constexpr std::size_t hex_size = 64;  // of a sha256

}  // namespace

std::string sealed(std::string_view header, std::string_view body) {
  return fmt::format("{}\n{}\n{}", header, Digest::of(body).hex(), body);
}

std::optional<std::string_view> unsealed(std::string_view text, std::string_view header) {
  const std::size_t start = header.size() + 1 + hex_size + 1;
  if (text.size() < start || !text.starts_with(header) || text[header.size()] != '\n' ||
      text[start - 1] != '\n')
    return std::nullopt;
  const auto body = text.substr(start);
  if (text.substr(header.size() + 1, hex_size) != Digest::of(body).hex()) return std::nullopt;
  return body;
}

}  // namespace whittle::builder
