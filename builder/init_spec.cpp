#include "builder/init_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "builder/spec.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::size_t longest_comment = 400;  // bytes of a line

std::string comment(std::string_view text) {
  return "# " + escaped(text, false, longest_comment);
}

std::string behind(std::string_view note) {
  return note.empty() ? "" : "  " + comment(note);
}

std::string yaml_list(const std::vector<std::string>& items) {
  std::string result = "[";
  for (const auto& item : items) result += (result.size() > 1 ? ", " : "") + yaml_scalar(item);
  return result + "]";
}

// The lines of one image, indented below its name.
class ImageWriter {
 public:
  explicit ImageWriter(std::string& out) : out_(out) {}

  void write(const InitImage& image) {
    out_ += fmt::format("  {}:\n", image.name);
    for (const auto& line : image.comments) out_ += fmt::format("    {}\n", comment(line));
    binaries(image);
    noted("base", image.base);
    list("packages", image.packages);
    files(image.files);
    noted("user", image.user);
    mapping("env", image.env);
    list("entrypoint", image.entrypoint);
    list("args", image.args);
    noted("working-dir", image.working_dir);
    ports(image.ports);
    list("volumes", image.volumes);
    if (!image.stop_signal.empty()) line("stop-signal", yaml_scalar(image.stop_signal));
    mapping("labels", image.labels);
    list("platforms", image.platforms);
  }

 private:
  void line(std::string_view key, std::string_view value, std::string_view note = "") {
    out_ += fmt::format("    {}: {}{}\n", key, value, behind(note));
  }
  void noted(std::string_view key, const Noted& value) {
    if (!value.value.empty()) line(key, yaml_scalar(value.value), value.note);
  }
  void list(std::string_view key, const std::vector<std::string>& items) {
    if (!items.empty()) line(key, yaml_list(items));
  }
  void mapping(std::string_view key, const std::vector<std::pair<std::string, std::string>>& entries) {
    if (entries.empty()) return;
    out_ += fmt::format("    {}:\n", key);
    for (const auto& [name, value] : entries)
      out_ += fmt::format("      {}: {}\n", yaml_scalar(name), yaml_scalar(value));
  }
  void binaries(const InitImage& image) {
    const auto& first = image.binaries.front();
    const bool plain = image.binaries.size() == 1 && first.path.empty();
    if (!plain) out_ += "    binaries:\n";
    for (const auto& binary : image.binaries) {
      out_ += fmt::format("{}main: {}\n", plain ? "    " : "      - ", yaml_scalar(binary.main));
      const std::string_view indent = plain ? "    " : "        ";
      if (!binary.path.empty()) out_ += fmt::format("{}path: {}\n", indent, yaml_scalar(binary.path));
      if (!binary.tags.empty())
        out_ += fmt::format("{}{}: {}\n", indent, plain ? "build-tags" : "tags", yaml_list(binary.tags));
      if (!binary.ldflags.empty()) out_ += fmt::format("{}ldflags: {}\n", indent, yaml_list(binary.ldflags));
      if (!binary.profile.empty()) out_ += fmt::format("{}profile: {}\n", indent, binary.profile);
      if (!binary.inlining.empty()) out_ += fmt::format("{}inlining: {}\n", indent, binary.inlining);
      if (binary.cgo) out_ += fmt::format("{}cgo: static\n", indent);
    }
  }
  void files(const std::vector<InitFile>& files) {
    if (files.empty()) return;
    out_ += "    files:\n";
    for (const auto& file : files) {
      std::string entry = fmt::format("from: {}, to: {}", yaml_scalar(file.from), yaml_scalar(file.to));
      if (!file.mode.empty()) entry += fmt::format(", mode: \"{}\"", file.mode);
      if (!file.owner.empty()) entry += fmt::format(", owner: {}", yaml_scalar(file.owner));
      out_ += fmt::format("      - {{{}}}{}\n", entry, behind(file.note));
    }
  }
  void ports(const std::vector<Noted>& ports) {
    if (ports.empty()) return;
    out_ += "    ports:\n";
    for (const auto& port : ports) out_ += fmt::format("      - {}{}\n", port.value, behind(port.note));
  }

  std::string& out_;
};

// What some reader of YAML takes for something else than text.
bool looks_typed(std::string_view text) {
  static constexpr std::array<std::string_view, 11> words = {"true", "false", "yes", "no",  "on", "off",
                                                             "null", "y",     "n",   "nan", "inf"};
  std::string lower;
  for (const char c : text) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return std::find(words.begin(), words.end(), lower) != words.end() ||
         text.find_first_not_of("0123456789.+-_eExXabcdefABCDEF:oO") == std::string_view::npos;
}

}  // namespace

std::string yaml_scalar(std::string_view text) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("./_-+:@=").find(c) != std::string_view::npos;
  };
  const auto is_number = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  const bool has_start = !text.empty() && (is_plain(text[0]) &&
                                           std::string_view("-:@=+").find(text[0]) == std::string_view::npos);
  const bool dashed = text.size() > 1 && text[0] == '-' && text[1] != ' ' && is_plain(text[1]);
  if ((has_start || dashed) && std::all_of(text.begin(), text.end(), is_plain) && !text.ends_with(':') &&
      (is_number || !looks_typed(text)) && text != "." && text.find("://") == std::string_view::npos)
    return std::string(text);
  if (text == ".") return ".";
  std::string result = "\"";
  while (!text.empty()) {
    const auto c = decode_character(text);
    const auto length = std::max<std::size_t>(c.length, 1);
    if (c.length == 0)
      result += "\\ufffd";
    else if (c.value == '\n')
      result += "\\n";
    else if (c.value == '\t')
      result += "\\t";
    else if (c.value == '"' || c.value == '\\')
      result += fmt::format("\\{}", text.substr(0, 1));
    else if (is_unsafe_character(c.value))
      result += fmt::format("\\U{:08x}", c.value);
    else
      result += text.substr(0, length);
    text.remove_prefix(length);
  }
  return result + "\"";
}

std::string why_refused(std::string_view key, std::string_view yaml) {
  const auto main = key == "main" || key == "binaries" ? "" : "    main: .\n";
  try {
    parse_spec(fmt::format("version: 1\nimages:\n  x:\n{}    {}: {}\n", main, key, yaml), "spec");
    return {};
  } catch (const Error& error) {
    const auto start = error.message().find("`: ");
    return start == std::string::npos ? error.message() : error.message().substr(start + 3);
  }
}

bool is_go_version(std::string_view text) {
  try {
    parse_spec(fmt::format("version: 1\ngo:\n  version: {}\nimages:\n  x:\n    main: .\n", yaml_scalar(text)),
               "spec");
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::string image_name_from(std::string_view name) {
  std::string result;
  for (const char c : name.substr(0, 128)) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const bool word = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    const bool joint = lower == '.' || lower == '_' || lower == '-';
    if (word)
      result += lower;
    else if (!result.empty() && result.back() != '-' && result.back() != '.' && result.back() != '_')
      result += joint ? lower : '-';
  }
  while (!result.empty() &&
         !((result.back() >= 'a' && result.back() <= 'z') || (result.back() >= '0' && result.back() <= '9')))
    result.pop_back();
  return result.empty() ? "app" : result;
}

std::string to_yaml(const InitSpec& spec) {
  std::string out;
  for (const auto& line : spec.comments) out += line.empty() ? "#\n" : comment(line) + "\n";
  out += "version: 1\n";
  if (!spec.go_version.value.empty())
    out += fmt::format("go:\n  version: {}{}\n", spec.go_version.value, behind(spec.go_version.note));
  out += "images:\n";
  ImageWriter writer(out);
  for (const auto& image : spec.images) writer.write(image);
  return out;
}

}  // namespace whittle::builder
