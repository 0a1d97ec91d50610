#include "comparison/linker_flags.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace whittle::comparison {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// cmd/internal/quoted: a field that begins with a quote goes to the next one of its kind; no escapes.
std::vector<std::string> fields_of(std::string_view text) {
  std::vector<std::string> fields;
  while (!text.empty()) {
    if (is_blank(text[0])) {
      text.remove_prefix(1);
      continue;
    }
    const char first = text[0];
    std::size_t end = 0;
    if (first == '"' || first == '\'') {
      text.remove_prefix(1);
      end = text.find(first);
    } else {
      while (end < text.size() && !is_blank(text[end])) ++end;
    }
    fields.emplace_back(text.substr(0, end));
    text.remove_prefix(end >= text.size() ? text.size() : end + 1);
  }
  return fields;
}

// Of the flags of cmd/link, those that are not switches.
bool takes_value(std::string_view flag) {
  static constexpr std::array<std::string_view, 20> flags = {
      "-B", "-E",       "-H",         "-I",     "-L",     "-R",          "-T",
      "-X", "-buildid", "-buildmode", "-extar", "-extld", "-extldflags", "-installsuffix",
      "-k", "-libgcc",  "-linkmode",  "-o",     "-r",     "-tmpdir"};
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

std::string one_dash(std::string_view flag) {
  return std::string(flag.starts_with("--") ? flag.substr(1) : flag);
}

}  // namespace

std::map<std::string, std::string> parse_linker_flags(std::string_view text) {
  std::map<std::string, std::string> flags;
  const auto fields = fields_of(text);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto flag = one_dash(fields[i]);
    std::string value;
    bool has_value = false;
    if (const auto equals = flag.find('='); equals != std::string::npos && flag.starts_with('-')) {
      value = flag.substr(equals + 1);
      flag.resize(equals);
      has_value = true;
    }
    if (!has_value && takes_value(flag) && i + 1 < fields.size()) value = fields[++i];
    if (flag == "-X") {
      const auto equals = value.find('=');
      flag += " " + value.substr(0, equals);
      value = equals == std::string::npos ? "" : value.substr(equals + 1);
    }
    flags[flag] = value;
  }
  return flags;
}

}  // namespace whittle::comparison
