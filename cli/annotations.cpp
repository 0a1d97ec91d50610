#include "cli/annotations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace whittle::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_annotations = 10;

// A place in a file, and what is said of it.
struct Remark {
  fs::path file;
  std::string_view line;
  std::string_view column;  // "" when it is not said
  std::string_view text;
};

// What ends a value in a workflow command (actions/toolkit, command.ts).
std::string command_value(std::string_view text, bool is_property) {
  std::string result;
  for (const char c : text) {
    if (c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ',')))
      result += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else
      result += c;
  }
  return result;
}

std::string_view digits_at(std::string_view text) {
  const auto end = std::find_if(text.begin(), text.end(), [](char c) { return c < '0' || c > '9'; });
  return text.substr(0, std::min<std::size_t>(static_cast<std::size_t>(end - text.begin()), 9));
}

// Folders that a relative path may start from, the likeliest first.
std::vector<fs::path> starting_points(const builder::Host& host, const fs::path& workspace,
                                      std::span<const std::string> arguments) {
  std::vector<fs::path> folders;
  for (const auto& argument : arguments) {
    const fs::path path = host.working_directory / argument.substr(argument.find('=') + 1);
    std::error_code ignored;
    if (fs::is_regular_file(path, ignored)) folders.push_back(path.parent_path());
    if (fs::is_directory(path, ignored)) folders.push_back(path);
  }
  folders.insert(folders.begin(), host.working_directory);
  for (auto folder = host.working_directory; folder != workspace && folder.has_relative_path();) {
    folder = folder.parent_path();
    folders.push_back(folder);
  }
  return folders;
}

class Finder {
 public:
  Finder(const builder::Host& host, std::span<const std::string> arguments)
      : workspace_(host.variable("GITHUB_WORKSPACE").value_or(host.working_directory.native())),
        folders_(starting_points(host, workspace_, arguments)) {}

  // The first place that a line of a message names.
  std::optional<Remark> in(std::string_view line) const {
    for (auto colon = line.find(':'); colon != std::string_view::npos; colon = line.find(':', colon + 1)) {
      Remark remark;
      auto rest = line.substr(colon + 1);
      remark.line = digits_at(rest);
      if (remark.line.empty()) continue;
      rest.remove_prefix(remark.line.size());
      if (rest.starts_with(':') && !digits_at(rest.substr(1)).empty()) {
        remark.column = digits_at(rest.substr(1));
        rest.remove_prefix(1 + remark.column.size());
      }
      const auto before = line.substr(0, colon);
      const auto start = before.find_last_of(" \t\"'(") + 1;
      if (start == colon || !is_there(before.substr(start), remark.file)) continue;
      remark.text = rest.substr(std::min(rest.find_first_not_of(": "), rest.size()));
      return remark;
    }
    return std::nullopt;
  }

 private:
  // As GitHub has it: from the workspace on.
  bool is_there(std::string_view written, fs::path& file) const {
    for (const auto& folder : folders_) {
      const auto path = (folder / written).lexically_normal();
      std::error_code ignored;
      if (!fs::is_regular_file(path, ignored)) continue;
      const auto relative = path.lexically_relative(workspace_);
      file = relative.empty() || relative.native().starts_with("..") ? path : relative;
      return true;
    }
    return false;
  }

  fs::path workspace_;
  std::vector<fs::path> folders_;
};

std::string command(const std::optional<Remark>& remark, std::string text, const Error& error) {
  for (const auto& hint : error.hints()) text += "\nhint: " + hint;
  std::string properties;
  if (remark) {
    properties = fmt::format("file={},line={},", command_value(remark->file.native(), true), remark->line);
    if (!remark->column.empty()) properties += fmt::format("col={},", remark->column);
  }
  return fmt::format("::error {}title=whittle::{}\n", properties, command_value(text, false));
}

}  // namespace

std::string annotations_of(const Error& error, const builder::Host& host,
                           std::span<const std::string> arguments) {
  if (host.variable("GITHUB_ACTIONS") != "true") return {};
  const Finder finder(host, arguments);
  std::string commands;
  std::size_t count = 0;
  std::string_view rest = error.message();
  while (!rest.empty() && count < most_annotations) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto remark = finder.in(line);
    if (!remark) continue;
    commands += command(remark, std::string(remark->text), error);
    ++count;
  }
  return count > 0 ? commands : command(std::nullopt, error.message(), error);
}

}  // namespace whittle::cli
