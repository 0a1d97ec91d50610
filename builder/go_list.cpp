#include "builder/go_list.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "builder/go_file_name.hpp"
#include "common/error.hpp"
#include "common/glob.hpp"
#include "common/json.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::array<const char*, 11> file_fields = {"GoFiles",   "CgoFiles",  "CFiles",    "CXXFiles",
                                                     "MFiles",    "HFiles",    "FFiles",    "SFiles",
                                                     "SwigFiles", "SysoFiles", "EmbedFiles"};
constexpr std::array<const char*, 2> ignored_fields = {"IgnoredGoFiles", "IgnoredOtherFiles"};

void append_strings(const Json& object, const char* field, std::vector<std::string>& into) {
  const auto found = object.find(field);
  if (found == object.end()) return;
  for (const auto& value : *found) into.push_back(value.get<std::string>());
}

ListedPackage package_from(const Json& object, const layers::Platform& platform,
                           const std::vector<std::string>& tags) {
  ListedPackage package;
  package.import_path = object.value("ImportPath", "");
  package.name = object.value("Name", "");
  package.folder = object.value("Dir", "");
  package.standard = object.value("Standard", false);
  package.named = !object.value("DepOnly", false);
  for (const auto* field : file_fields) append_strings(object, field, package.files);
  std::vector<std::string> ignored;
  for (const auto* field : ignored_fields) append_strings(object, field, ignored);
  for (auto& name : ignored) {
    auto& files = is_for_another_system(name, platform, tags) ? package.other_files : package.files;
    files.push_back(std::move(name));
  }
  append_strings(object, "GoFiles", package.compiled);
  append_strings(object, "EmbedFiles", package.embedded);
  append_strings(object, "EmbedPatterns", package.embed_patterns);
  append_strings(object, "Imports", package.imports);
  if (const auto module = object.find("Module"); module != object.end()) {
    package.module = module->value("Path", "");
    package.module_version = module->value("Version", "");
    package.module_folder = module->value("Dir", "");
    package.module_file = module->value("GoMod", "");
  }
  return package;
}

// The objects stand one after the other; each begins with a line "{" and ends with a line "}".
std::size_t end_of_object(std::string_view output) {
  const auto end = output.find("\n}\n");
  if (end == std::string_view::npos)
    throw Error(ErrorKind::toolchain, "`go list` answered with something else than a list of packages");
  return end + 3;
}

void add_tree(const fs::path& folder, std::set<fs::path>& folders) {
  folders.insert(folder);
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const auto name = entry.path().filename();
    const bool versions =
        name == ".git" || name == ".hg" || name == ".svn" || name == ".bzr";  // never embedded
    if (!versions && entry.is_directory(ignored) && !entry.is_symlink(ignored))
      add_tree(entry.path(), folders);
  }
}

void add_matches(const fs::path& folder, std::string_view pattern, std::set<fs::path>& folders) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return;
  if (pattern.empty()) return add_tree(folder, folders);
  const auto slash = pattern.find('/');
  const auto element = pattern.substr(0, slash);
  const auto rest = slash == std::string_view::npos ? std::string_view() : pattern.substr(slash + 1);
  folders.insert(folder);
  if (element == ".") return add_matches(folder, rest, folders);
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored) &&
        glob_match(element, entry.path().filename().native()))
      add_matches(entry.path(), rest, folders);
}

}  // namespace

std::string_view go_list_fields() {
  return "ImportPath,Name,Dir,Standard,DepOnly,GoFiles,CgoFiles,IgnoredGoFiles,IgnoredOtherFiles,CFiles,"
         "CXXFiles,MFiles,"
         "HFiles,FFiles,SFiles,SwigFiles,SysoFiles,EmbedFiles,EmbedPatterns,Imports,Module";
}

std::vector<ListedPackage> parse_go_list(std::string_view output, const layers::Platform& platform,
                                         const std::vector<std::string>& tags) {
  std::vector<ListedPackage> packages;
  try {
    while (!output.empty()) {
      const auto end = end_of_object(output);
      const auto object = parse_json(output.substr(0, end), "the answer of `go list`", ErrorKind::toolchain);
      packages.push_back(package_from(object, platform, tags));
      output.remove_prefix(end);
    }
  } catch (const Json::exception&) {
    throw Error(ErrorKind::toolchain, "`go list` answered with fields of another type than documented");
  }
  return packages;
}

std::vector<fs::path> embed_folders(const ListedPackage& package) {
  std::set<fs::path> folders;
  for (std::string_view pattern : package.embed_patterns) {
    if (pattern.starts_with("all:")) pattern.remove_prefix(4);
    add_matches(package.folder, pattern, folders);
  }
  return {folders.begin(), folders.end()};
}

std::optional<std::string> import_path_of(const std::vector<ListedPackage>& packages, const GoMain& main) {
  fs::path folder = (main.module / main.pattern).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  for (const auto& package : packages)
    if (package.named && (package.import_path == main.pattern || package.folder == folder))
      return package.import_path;
  return std::nullopt;
}

std::vector<std::string> closure_of(const std::vector<ListedPackage>& packages,
                                    const std::string& import_path) {
  std::map<std::string, const ListedPackage*> by_path;
  for (const auto& package : packages) by_path[package.import_path] = &package;
  std::set<std::string> reached;
  // The linker adds the runtime to every program, whatever it imports.
  std::vector<std::string> open = {import_path, "runtime"};
  while (!open.empty()) {
    const std::string path = std::move(open.back());
    open.pop_back();
    const auto found = by_path.find(path);
    if (found == by_path.end() || !reached.insert(path).second) continue;
    open.insert(open.end(), found->second->imports.begin(), found->second->imports.end());
  }
  return {reached.begin(), reached.end()};
}

}  // namespace whittle::builder
