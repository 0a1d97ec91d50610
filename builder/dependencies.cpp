#include "builder/dependencies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/parallel.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view header = "whittle-dependencies 1\n";
constexpr std::size_t largest_file = 256U << 20U;
constexpr std::string_view absent = "absent";

std::optional<std::string> below(const std::string& path, const fs::path& folder) {
  const std::string& root = folder.native();
  if (root.empty() || path.size() < root.size() || path.compare(0, root.size(), root) != 0) return std::nullopt;
  if (path.size() == root.size()) return std::string();
  if (path[root.size()] != '/') return std::nullopt;
  return path.substr(root.size() + 1);
}

std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

bool is_hex_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string DependencyRoots::portable(const fs::path& path) const {
  const std::string& text = path.native();
  if (const auto rest = below(text, go_root)) return "R/" + *rest;
  if (const auto rest = below(text, module_cache)) return "C/" + *rest;
  if (const auto rest = below(text, project)) return "P/" + *rest;
  return "P/" + path.lexically_relative(project).native();
}

std::string DependencyRoots::local(std::string_view portable) const {
  const fs::path& root = portable[0] == 'R' ? go_root : portable[0] == 'C' ? module_cache : project;
  const auto rest = portable.substr(2);
  if (rest.starts_with("..")) return (root / rest).lexically_normal().native();
  return rest.empty() ? root.native() : fmt::format("{}/{}", root.native(), rest);
}

Dependencies Dependencies::load(const fs::path& file, DependencyRoots roots) {
  Dependencies result(std::move(roots));
  std::optional<std::string> text;
  try {
    text = read_file_if_present(file, largest_file);
  } catch (const Error&) {
    return result;
  }
  if (!text || !text->starts_with(header)) return result;
  const Dependencies empty(result.roots_);
  std::string_view rest = std::string_view(*text).substr(header.size());
  Package* package = nullptr;
  std::vector<std::string>* main = nullptr;
  bool complete = false;
  while (!rest.empty()) {
    const auto line = take_line(rest);
    const auto space = line.find(' ');
    const auto word = line.substr(0, space);
    const auto value = space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
    if (word == "package") {
      package = &result.packages_[std::string(value)];
      package->import_path = value;
    } else if (word == "main") {
      main = &result.mains_[std::string(value)];
    } else if (word == "of" && main != nullptr) {
      main->emplace_back(value);
    } else if (word == "end") {
      complete = true;
    } else if (package != nullptr && word.size() == 1 && value.size() > 66 && !value.starts_with("absent ")) {
      const auto digest = value.substr(0, value.find(' '));
      if (digest != absent && !is_hex_digest(digest)) return empty;
      const auto path = value.substr(digest.size() + 1);
      if (path.size() < 2 || path[1] != '/') return empty;
      package->inputs.push_back({word[0], std::string(path), std::string(digest)});
    } else if (package != nullptr && word.size() == 1 && value.starts_with("absent ") && value.size() > 9) {
      package->inputs.push_back({word[0], std::string(value.substr(7)), std::string(absent)});
    } else {
      return empty;
    }
  }
  if (!complete) return empty;
  for (auto& [path, known] : result.packages_) known.digest = digest_of(known);
  return result;
}

void Dependencies::save(const fs::path& file) const {
  std::string text(header);
  for (const auto& [path, package] : packages_) {
    if (path.find('\n') != std::string::npos) return;
    text += fmt::format("package {}\n", path);
    for (const auto& input : package.inputs) {
      if (input.path.find('\n') != std::string::npos) return;
      text += fmt::format("{} {} {}\n", input.kind, input.digest, input.path);
    }
  }
  for (const auto& [main, packages] : mains_) {
    if (main.find('\n') != std::string::npos) return;
    text += fmt::format("main {}\n", main);
    for (const auto& path : packages) text += fmt::format("of {}\n", path);
  }
  write_file(file, text + "end\n", AtomicFile::Durability::content);
}

std::string Dependencies::current(const Input& input, FileStates& states) const {
  const std::string path = roots_.local(input.path);
  const auto digest = input.kind == 'f'   ? states.file(path)
                      : input.kind == 'd' ? states.listing(path)
                                          : states.full_listing(path);
  return digest ? std::string(digest->hex()) : std::string(absent);
}

Digest Dependencies::digest_of(const Package& package) {
  KeyHasher key;
  key.add(package.import_path);
  for (const auto& input : package.inputs) key.add(std::string_view(&input.kind, 1)).add(input.path).add(input.digest);
  return key.finish();
}

std::optional<Digest> Dependencies::check(const std::string& main, FileStates& states, unsigned threads,
                                          const std::stop_token& stop) {
  const auto found = mains_.find(main);
  if (found == mains_.end()) return std::nullopt;
  std::vector<Package*> unknown;
  for (const auto& path : found->second) {
    const auto package = packages_.find(path);
    if (package == packages_.end()) return std::nullopt;
    if (!package->second.unchanged) unknown.push_back(&package->second);
  }
  parallel_for(unknown.size(), threads, stop, [&](std::size_t i) {
    const auto& inputs = unknown[i]->inputs;
    unknown[i]->unchanged = std::all_of(inputs.begin(), inputs.end(), [&](const Input& input) {
      return current(input, states) == input.digest;
    });
  });
  for (const auto& path : found->second)
    if (!*packages_.at(path).unchanged) return std::nullopt;
  return digest_of(main);
}

Digest Dependencies::digest_of(const std::string& main) const {
  KeyHasher key;
  for (const auto& path : mains_.at(main)) key.add(packages_.at(path).digest->text());
  return key.finish();
}

std::set<fs::path> Dependencies::own_files_of(const std::string& main) const {
  std::set<fs::path> files;
  for (const auto& path : mains_.at(main))
    for (const auto& input : packages_.at(path).inputs)
      if (input.kind == 'f' && input.digest != absent && input.path[0] == 'P') files.emplace(roots_.local(input.path));
  return files;
}

Dependencies::Package Dependencies::inputs_of(const ListedPackage& listed) const {
  Package package{listed.import_path, {}};
  std::set<std::string> names(listed.files.begin(), listed.files.end());
  if (listed.name == "main") names.insert("default.pgo");  // a profile there steers the compiler
  for (const auto& name : names) package.inputs.push_back({'f', roots_.portable(listed.folder / name), {}});
  package.inputs.push_back({'d', roots_.portable(listed.folder), {}});
  for (const auto& folder : embed_folders(listed)) package.inputs.push_back({'D', roots_.portable(folder), {}});
  return package;
}

void Dependencies::record(const std::vector<ListedPackage>& listing, const std::map<std::string, std::string>& mains,
                          const std::vector<fs::path>& shared, FileStates& states, unsigned threads,
                          const std::stop_token& stop) {
  std::vector<Package> fresh(listing.size() + 1);
  for (const auto& path : shared) fresh[0].inputs.push_back({'f', roots_.portable(path), {}});
  parallel_for(fresh.size(), threads, stop, [&](std::size_t i) {
    if (i > 0) fresh[i] = inputs_of(listing[i - 1]);
    for (auto& input : fresh[i].inputs) input.digest = current(input, states);
    fresh[i].digest = digest_of(fresh[i]);
    fresh[i].unchanged = true;
  });
  for (auto& package : fresh) packages_.insert_or_assign(package.import_path, std::move(package));
  for (const auto& [pattern, import_path] : mains) {
    auto packages = closure_of(listing, import_path);
    packages.insert(packages.begin(), std::string());  // the shared inputs
    mains_.insert_or_assign(pattern, std::move(packages));
  }
}

std::vector<fs::path> shared_inputs(const GoMain& main, const fs::path& go_root) {
  std::set<fs::path> files;
  const auto add_module = [&](const fs::path& folder) {
    files.insert(folder / "go.mod");
    files.insert(folder / "go.sum");
    for (const auto& named : named_folders(folder / "go.mod")) files.insert(named / "go.mod");
  };
  add_module(main.module);
  files.insert(main.module / "vendor" / "modules.txt");
  if (!main.workspace.empty()) {
    files.insert(main.workspace);
    files.insert(fs::path(main.workspace).replace_extension(".work.sum"));
    files.insert(main.workspace.parent_path() / "vendor" / "modules.txt");
    for (const auto& folder : named_folders(main.workspace)) add_module(folder);
  }
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(go_root / "pkg" / "include", ignored)) files.insert(entry.path());
  return {files.begin(), files.end()};
}

}  // namespace whittle::builder
