#include "builder/go_project.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// The nearest folder, `start` or above it, that holds `name`; empty when there is none.
fs::path nearest_with(const fs::path& start, const char* name) {
  std::error_code ignored;
  for (fs::path folder = start;; folder = folder.parent_path()) {
    if (fs::exists(folder / name, ignored)) return folder;
    if (folder == folder.parent_path()) return {};
  }
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto mismatch = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return mismatch.first == folder.end();
}

// Where a path really is; as it stands where that cannot be told.
fs::path really(const fs::path& path) {
  std::error_code unresolved;
  auto resolved = fs::weakly_canonical(path, unresolved);
  return unresolved ? path.lexically_normal() : resolved;
}

void check_pattern(const std::string& main) {
  const auto refuse = [&](std::string_view why) {
    throw Error(ErrorKind::source, fmt::format("the main package {} {}", shown(main), why));
  };
  if (main.empty()) refuse("has no name");
  if (main.front() == '-') refuse("begins with `-`, which go would read as a flag");
  if (main.find("...") != std::string::npos) refuse("is a pattern for several packages; name one");
  if (main.find('@') != std::string::npos) refuse("names a version; versions are chosen by go.mod");
  if (main.ends_with(".go")) refuse("is a file; name the folder of the package");
}

bool is_version_suffix(std::string_view element) {
  return element.size() > 1 && element[0] == 'v' &&
         std::all_of(element.begin() + 1, element.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The words of the lines of a go.mod or go.work, comments removed.
std::vector<std::vector<std::string>> words_of(const fs::path& file) {
  std::vector<std::vector<std::string>> lines;
  const auto text = read_file_if_present(file, largest_mod_file);
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    line = line.substr(0, line.find("//"));
    std::vector<std::string> words;
    std::string word;
    for (const char c : line) {
      if (c == ' ' || c == '\t' || c == '\r' || c == '(' || c == ')') {
        if (!word.empty()) words.push_back(std::move(word));
        word.clear();
      } else if (c != '"' && c != '`') {
        word += c;
      }
    }
    if (!word.empty()) words.push_back(std::move(word));
    if (!words.empty()) lines.push_back(std::move(words));
  }
  return lines;
}

bool is_local(std::string_view path) {
  return path.starts_with("./") || path.starts_with("../") || path.starts_with('/') || path == "." ||
         path == "..";
}

struct NamedFolder {
  std::string replaced;  // the module it stands for; empty of one that is used for itself
  fs::path folder;
};

std::vector<NamedFolder> named_in(const fs::path& file) {
  std::vector<NamedFolder> folders;
  for (const auto& words : words_of(file)) {
    const auto arrow = std::find(words.begin(), words.end(), "=>");
    const auto named = arrow != words.end() ? arrow + 1 : words.end() - 1;
    if (named == words.end() || !is_local(*named)) continue;
    // `replace a v1.2.3 => ../b`, or a line of a block, without the word.
    const auto module = words.begin() + (words.front() == "replace" ? 1 : 0);
    folders.push_back({arrow != words.end() && module < arrow ? *module : std::string(),
                       (file.parent_path() / *named).lexically_normal()});
  }
  return folders;
}

}  // namespace

std::string executable_name(const std::string& pattern) {
  std::string_view rest = pattern;
  while (rest.ends_with('/')) rest.remove_suffix(1);
  auto last = rest.substr(rest.rfind('/') + 1);
  if (is_version_suffix(last) && rest.size() > last.size()) {
    rest.remove_suffix(last.size() + 1);
    last = rest.substr(rest.rfind('/') + 1);
  }
  return last == "." || last == ".." ? std::string() : std::string(last);
}

std::string module_path(const fs::path& module_folder) {
  for (const auto& words : words_of(module_folder / "go.mod"))
    if (words.size() == 2 && words[0] == "module") return words[1];
  return {};
}

std::vector<fs::path> named_folders(const fs::path& file) {
  std::vector<fs::path> folders;
  for (auto& named : named_in(file)) folders.push_back(std::move(named.folder));
  return folders;
}

void check_replacements(const GoMain& main, const fs::path& folder,
                        const std::vector<std::string>& declared) {
  if (main.vendored) return;
  std::vector<fs::path> allowed{nearest_with(main.module, ".git")};
  if (allowed.front().empty()) allowed = {really(folder), really(main.project)};
  for (const auto& path : declared) allowed.push_back(really(folder / path));
  std::vector<fs::path> files{main.module / "go.mod"};
  if (!main.workspace.empty()) {
    files.push_back(main.workspace);
    for (const auto& named : named_in(main.workspace))
      if (named.replaced.empty()) files.push_back(named.folder / "go.mod");
  }
  for (const auto& file : files) {
    for (const auto& [module, replacement] : named_in(file)) {
      const auto where = really(replacement);
      if (module.empty() || std::any_of(allowed.begin(), allowed.end(),
                                        [&](const fs::path& one) { return is_below(where, one); }))
        continue;
      throw Error(ErrorKind::policy,
                  fmt::format("{} takes {} from {}, which is not part of the source: it lies outside {}",
                              shown(file.native()), shown(module), shown(replacement.native()),
                              shown(allowed.front().native())))
          .hint(fmt::format("name the folder under `go: {{replace: [{}]}}` in the spec, or move it inside",
                            escaped(replacement.lexically_relative(really(folder)).native(), false, 4096)));
    }
  }
}

GoMain locate_main(const fs::path& named, const std::string& main, Reporter& reporter) {
  check_pattern(main);
  const fs::path folder = really(named);  // go names packages by where they really are
  const bool by_folder = main == "." || main == ".." || main.starts_with("./") || main.starts_with("../");
  const fs::path start = by_folder ? (folder / main).lexically_normal() : folder;
  std::error_code ignored;
  if (!fs::is_directory(start, ignored)) {
    throw Error(ErrorKind::source, fmt::format("the main package {} does not exist: there is no folder {}",
                                               shown(main), shown(start.native())))
        .hint("`main` is relative to the folder of the spec");
  }
  GoMain result;
  fs::path module = nearest_with(start, "go.mod");
  const fs::path workspace = nearest_with(start, "go.work");
  if (module.empty() && workspace.empty())
    throw Error(ErrorKind::source,
                fmt::format("no go.mod was found in {} or above it", shown(start.native())))
        .hint("run `go mod init` there, or build from the folder of the module");
  if (module.empty()) module = workspace;
  if (!workspace.empty()) {
    const fs::path repository = nearest_with(module, ".git");
    if (workspace == folder || is_below(workspace, folder) ||
        (!repository.empty() && is_below(workspace, repository)))
      result.workspace = workspace / "go.work";
    else
      reporter.note(fmt::format("{} is not used: it lies outside the repository of the module",
                                escaped((workspace / "go.work").native(), false, 4096)));
  }
  result.module = module;
  result.project = result.workspace.empty() ? module : workspace;
  const fs::path vendor = (result.workspace.empty() ? module : workspace) / "vendor" / "modules.txt";
  result.vendored = is_file(vendor);
  const auto relative = start.lexically_relative(module).native();
  result.pattern = by_folder ? (relative == "." ? "." : "./" + relative) : main;
  while (result.pattern.size() > 1 && result.pattern.ends_with('/')) result.pattern.pop_back();
  return result;
}

std::vector<fs::path> checksum_files(const GoMain& main) {
  std::vector<fs::path> files = {main.module / "go.sum"};
  if (main.workspace.empty()) return files;
  files.push_back(fs::path(main.workspace).replace_extension(".work.sum"));
  for (const auto& folder : named_folders(main.workspace)) files.push_back(folder / "go.sum");
  return files;
}

}  // namespace whittle::builder
