#include "optimizer/trace_line.hpp"

#include <charconv>

namespace whittle::optimizer {
namespace {

std::string_view without_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' '))
    line.remove_suffix(1);
  return line;
}

std::optional<std::uint64_t> hexadecimal_after(std::string_view line, std::string_view mark) {
  const auto at = line.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto digits = line.substr(at + mark.size());
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return error == std::errc() && end != digits.data() ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<FunctionLine> parse_function_line(std::string_view line) {
  line = without_end(line);
  constexpr std::string_view created = "created by ";
  if (const auto at = line.find(created); at != std::string_view::npos) {
    auto name = line.substr(at + created.size());
    name = name.substr(0, name.find(" in goroutine "));
    if (name.empty() || name.find(' ') != std::string_view::npos) return std::nullopt;
    return FunctionLine{std::string(name), false, true};
  }
  if (!line.ends_with(')')) return std::nullopt;
  const auto arguments = line.rfind('(');
  if (arguments == std::string_view::npos) return std::nullopt;
  auto name = line.substr(0, arguments);
  if (const auto blank = name.find_last_of(" \t"); blank != std::string_view::npos)
    name = name.substr(blank + 1);
  if (name.empty()) return std::nullopt;
  return FunctionLine{std::string(name), line.substr(arguments) == "(...)", false};
}

std::optional<PlaceLine> parse_place_line(std::string_view line) {
  line = without_end(line);
  constexpr std::string_view mark = "\t?:0";
  const auto at = line.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto rest = line.substr(at + mark.size());
  if (rest.empty()) return PlaceLine{at + 1, {}};
  constexpr std::string_view offset = " +0x";
  if (rest.starts_with(offset)) return PlaceLine{at + 1, hexadecimal_after(rest, offset)};
  if (rest.starts_with(" fp=0x")) return PlaceLine{at + 1, {}};
  return std::nullopt;
}

std::optional<std::uint64_t> parse_signal_line(std::string_view line) {
  if (line.find("[signal ") != std::string_view::npos) return hexadecimal_after(line, " pc=0x");
  return line.find(" sigcode=") != std::string_view::npos ? hexadecimal_after(line, "PC=0x") : std::nullopt;
}

}  // namespace whittle::optimizer
