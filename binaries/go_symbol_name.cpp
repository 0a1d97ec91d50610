#include "binaries/go_symbol_name.hpp"

#include <algorithm>
#include <optional>

namespace whittle::binaries {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// In symbols the last element of an import path has its dots, and all of it quotes and controls, as %xx
// (cmd/internal/objabi, PathToPrefix).
std::string unescaped(std::string_view path) {
  std::string result;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && i + 2 < path.size() && hex_digit(path[i + 1]) >= 0 && hex_digit(path[i + 2]) >= 0) {
      result += static_cast<char>(hex_digit(path[i + 1]) * 16 + hex_digit(path[i + 2]));
      i += 2;
    } else {
      result += path[i];
    }
  }
  return result;
}

// Names that belong to no package (cmd/compile/internal/base, ReservedImports). Until Go 1.19 these began
// with "go." and "type.", as import paths do as well; of those only the functions "type..eq.…" can be told.
bool is_made_by_the_tools(std::string_view name) {
  for (const std::string_view prefix : {"go:", "type:", "type.."})
    if (name.starts_with(prefix)) return true;
  return false;
}

// Where the dot behind the import path stands. Type arguments may hold import paths of their own, so only
// what stands before the first bracket counts.
std::optional<std::size_t> end_of_path(std::string_view name) {
  if (is_made_by_the_tools(name)) return std::nullopt;
  const auto plain = name.substr(0, name.find('['));
  const auto slash = plain.rfind('/');
  const auto dot = plain.find('.', slash == std::string_view::npos ? 0 : slash);
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  return dot;
}

// The end of a name that begins at the front of `text`: the first dot that stands in no brackets.
std::size_t end_of_name(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == '(') ++depth;
    if ((text[i] == ']' || text[i] == ')') && depth > 0) --depth;
    if (text[i] == '.' && depth == 0) return i;
  }
  return text.size();
}

// What the compiler appends to the name of a function for the code it makes of parts of it. The function
// itself may bear such a name, but only a dot before it makes it a part.
bool is_derived(std::string_view part) {
  for (const std::string_view stem : {"func", "gowrap", "deferwrap"}) {
    if (!part.starts_with(stem)) continue;
    const auto rest = part.substr(stem.size());
    const auto digits = rest.find_first_not_of("0123456789");
    if (!rest.empty() && (digits == std::string_view::npos || (digits > 0 && rest[digits] == '-')))
      return true;
  }
  return !part.empty() && part[0] >= '0' && part[0] <= '9';
}

}  // namespace

std::string_view GoSymbolName::declared() const {
  const auto name = std::string_view(function).substr(0, end_of_name(function));
  return name.substr(0, name.find('-'));  // "Add-fm" binds a receiver, "Add-range1" is the body of a loop
}

GoSymbolName parse_go_symbol_name(std::string_view name) {
  const auto dot = end_of_path(name);
  if (!dot) return {{}, {}, std::string(name)};
  GoSymbolName result{unescaped(name.substr(0, *dot)), {}, {}};
  auto rest = name.substr(*dot + 1);
  if (rest.starts_with('(')) {  // (*Type).Method
    const auto end = end_of_name(rest);
    if (end < rest.size() && rest[end - 1] == ')') {
      result.receiver = rest.substr(1, end - 2);
      rest.remove_prefix(end + 1);
    }
  } else if (const auto end = end_of_name(rest); end < rest.size()) {  // Type.Method, or Function.func1
    const auto next = rest.substr(end + 1);
    if (!is_derived(next.substr(0, end_of_name(next)))) {
      result.receiver = rest.substr(0, end);
      rest = next;
    }
  }
  result.function = rest;
  return result;
}

std::string_view escaped_package_of_symbol(std::string_view name) {
  return name.substr(0, end_of_path(name).value_or(0));
}

std::string package_of_symbol(std::string_view name) {
  return unescaped(escaped_package_of_symbol(name));
}

}  // namespace whittle::binaries
