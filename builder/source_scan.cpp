#include "builder/source_scan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "builder/go_file_name.hpp"
#include "builder/go_project.hpp"
#include "builder/go_source.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

std::string joined(const std::string& folder, const std::string& name) {
  return folder == "." ? name : name == "." ? folder : fmt::format("{}/{}", folder, name);
}

bool is_within(const std::string& path, const std::string& folder) {
  return folder == "." || path == folder || path.starts_with(folder + "/");
}

// What one folder holds, as far as go counts it as a package.
struct Package {
  bool has_main = false;
  std::set<std::string> imports = {};
  CodeFindings found = {};
  std::optional<FoundAt> cgo = {};
};

class Scanner {
 public:
  explicit Scanner(fs::path root) : root_(std::move(root)) {}

  SourceScan scan() {
    std::error_code failed;
    if (!fs::is_directory(root_, failed))
      throw Error(ErrorKind::not_found, fmt::format("there is no folder {}", shown(root_.native())));
    walk(".", 0, true);
    choose_modules();
    for (const auto& [folder, package] : packages_)
      if (package.has_main && !module_of(folder).empty()) scan_.mains.push_back(main_of(folder));
    scan_.go_version = toolchain_version();
    return std::move(scan_);
  }

 private:
  void walk(const std::string& folder, std::size_t depth, bool is_go) {
    scan_.folders.insert(folder);
    std::vector<fs::directory_entry> entries;
    std::error_code failed;
    for (fs::directory_iterator at(root_ / folder, failed), end; !failed && at != end; at.increment(failed)) {
      if (scan_.files.size() + scan_.folders.size() + entries.size() >= most_scanned_files) {
        scan_.is_complete = false;
        break;
      }
      entries.push_back(*at);
    }
    std::sort(entries.begin(), entries.end());
    for (const auto& entry : entries) {
      const std::string name = entry.path().filename();
      const auto path = joined(folder, name);
      if (!entry.is_symlink(failed) && entry.is_directory(failed)) {
        if (name == ".git" || name == "node_modules") continue;
        const bool hidden = name[0] == '.' || name[0] == '_' || name == "testdata" || name == "vendor";
        if (depth < deepest_scanned_folder)
          walk(path, depth + 1, is_go && !hidden);
        else
          scan_.is_complete = false;
        continue;
      }
      scan_.files.insert(path);
      if (!is_go || !entry.is_regular_file(failed)) continue;
      if (name == "go.mod")
        all_modules_[folder] = module_path(root_ / folder);
      else if (name.ends_with(".go"))
        read_go_file(folder, name);
    }
  }

  void read_go_file(const std::string& folder, const std::string& name) {
    if (name.ends_with("_test.go") || name[0] == '.' || name[0] == '_') return;
    const bool here = !is_for_another_system(name, layers::Platform::normal("linux", "amd64", ""), {}) ||
                      !is_for_another_system(name, layers::Platform::normal("linux", "arm64", ""), {});
    std::error_code failed;
    if (!here || fs::file_size(root_ / folder / name, failed) > largest_go_file || failed) return;
    const auto text = read_file(root_ / folder / name, largest_go_file);
    if (!is_built_for_linux(text)) return;
    const auto source = read_go_source(text);
    if (source.package.empty() || source.package.ends_with("_test")) return;
    auto& package = packages_[folder];
    package.has_main = package.has_main || source.has_main;
    package.imports.insert(source.imports.begin(), source.imports.end());
    const auto file = joined(folder, name);
    auto found = find_in_code(source, file);
    std::move(found.ports.begin(), found.ports.end(), std::back_inserter(package.found.ports));
    std::move(found.paths.begin(), found.paths.end(), std::back_inserter(package.found.paths));
    const auto c = std::find_if(source.tokens.begin(), source.tokens.end(), [](const GoToken& token) {
      return token.kind == GoToken::Kind::text && token.text == "C";
    });
    if (!package.cgo && std::find(source.imports.begin(), source.imports.end(), "C") != source.imports.end())
      package.cgo = FoundAt{file, c->line};
  }

  // The module of the folder and those its go.work uses; where there is none at the top, all there are.
  void choose_modules() {
    std::set<std::string> used;
    if (all_modules_.contains(".")) used.insert(".");
    std::error_code failed;
    const auto absolute = fs::absolute(root_, failed).lexically_normal();
    if (scan_.files.contains("go.work"))
      for (const auto& folder : named_folders(absolute / "go.work")) {
        auto relative = folder.lexically_relative(absolute).lexically_normal().native();
        while (relative.size() > 1 && relative.ends_with('/')) relative.pop_back();
        if (all_modules_.contains(relative)) used.insert(relative);
      }
    for (const auto& [folder, path] : all_modules_) {
      if (used.empty() || used.contains(folder))
        scan_.modules[folder] = path;
      else
        scan_.other_modules.push_back(folder);
    }
    if (used.empty()) scan_.other_modules.clear();
  }

  // The folder of the module that a package belongs to, if it is one in use; "" otherwise.
  std::string module_of(std::string folder) const {
    for (;;) {
      if (all_modules_.contains(folder)) return scan_.modules.contains(folder) ? folder : "";
      if (folder == ".") return "";
      const auto slash = folder.rfind('/');
      folder = slash == std::string::npos ? "." : folder.substr(0, slash);
    }
  }

  // The folder of a package that is imported, when it lies in a module in use; "" otherwise.
  std::string folder_of(const std::string& import) const {
    std::string best;
    std::size_t longest = 0;
    for (const auto& [folder, path] : scan_.modules) {
      if (path.empty() || path.size() < longest || (import != path && !import.starts_with(path + "/")))
        continue;
      longest = path.size();
      best = import == path ? folder : joined(folder, import.substr(path.size() + 1));
    }
    return packages_.contains(best) ? best : "";
  }

  // The package and those of the modules in use that it imports, directly or not.
  std::vector<std::string> closure(const std::string& folder) const {
    std::vector<std::string> order = {folder};
    std::set<std::string> seen = {folder};
    for (std::size_t i = 0; i < order.size(); ++i)
      for (const auto& import : packages_.at(order[i]).imports) {
        const auto next = folder_of(import);
        if (!next.empty() && seen.insert(next).second) order.push_back(next);
      }
    return order;
  }

  FoundMain main_of(const std::string& folder) const {
    FoundMain result;
    result.folder = folder;
    const auto module = module_of(folder);
    result.name =
        folder == module ? executable_name(scan_.modules.at(module)) : executable_name("./" + folder);
    std::map<unsigned, FoundPort> ports;
    std::map<std::string, FoundPath> paths;
    for (const auto& package : closure(folder)) {
      const auto& part = packages_.at(package);
      for (const auto& port : part.found.ports) ports.emplace(port.port, port);
      for (auto path : part.found.paths) {
        // Programs are run from the module's folder, now and then from their own.
        for (const auto& base : {module, folder}) {
          if (!path.from.empty()) continue;
          const auto candidate = joined(base, path.path);
          if (scan_.files.contains(candidate) || scan_.folders.contains(candidate)) path.from = candidate;
        }
        if (!path.from.empty()) paths.emplace(path.path, path);
      }
      if (!result.cgo) result.cgo = part.cgo;
    }
    for (const auto& [number, port] : ports) result.ports.push_back(port);
    for (const auto& [name, path] : paths) {
      const auto is_above = [&name = name](const FoundPath& known) { return is_within(name, known.path); };
      if (std::none_of(result.paths.begin(), result.paths.end(), is_above)) result.paths.push_back(path);
    }
    return result;
  }

  // Of the module's `toolchain go1.26.8` line.
  std::string toolchain_version() const {
    const auto text = read_file_if_present(root_ / "go.mod", largest_go_file);
    for (std::size_t at = text ? text->find("toolchain go") : std::string::npos; at != std::string::npos;
         at = text->find("toolchain go", at + 1)) {
      if (at > 0 && text->at(at - 1) != '\n') continue;
      const auto start = at + 12;
      return text->substr(start, text->find_first_of(" \t\r\n/", start) - start);
    }
    return {};
  }

  fs::path root_;
  SourceScan scan_;
  std::map<std::string, std::string> all_modules_;
  std::map<std::string, Package> packages_;
};

}  // namespace

std::string FoundAt::text() const {
  return fmt::format("{}:{}", escaped(file, false, 4096), line);
}

SourceScan scan_sources(const std::filesystem::path& folder) {
  return Scanner(folder).scan();
}

}  // namespace whittle::builder
