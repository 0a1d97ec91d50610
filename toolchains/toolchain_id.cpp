#include "toolchains/toolchain_id.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace whittle::toolchains {
namespace {

constexpr std::string_view mark = "v0.0.1-go";

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

}  // namespace

std::string ToolchainId::module_version() const {
  return fmt::format("{}{}.{}-{}", mark, version.text(), os, architecture);
}

std::string ToolchainId::text() const {
  return fmt::format("go{} ({}/{})", version.text(), os, architecture);
}

std::optional<ToolchainId> ToolchainId::parse(std::string_view text) {
  if (!text.starts_with(mark)) return std::nullopt;
  text.remove_prefix(mark.size());
  const auto dot = text.rfind('.');
  const auto dash = text.rfind('-');
  if (dot == std::string_view::npos || dash == std::string_view::npos || dash < dot) return std::nullopt;
  const auto version = GoVersion::parse(text.substr(0, dot));
  const auto os = text.substr(dot + 1, dash - dot - 1);
  const auto architecture = text.substr(dash + 1);
  if (!version || version->text() != text.substr(0, dot) || !is_word(os) || !is_word(architecture))
    return std::nullopt;
  return ToolchainId{*version, std::string(os), std::string(architecture)};
}

}  // namespace whittle::toolchains
