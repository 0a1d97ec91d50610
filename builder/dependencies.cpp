#include "builder/dependencies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <set>

#include "builder/go_outline.hpp"
#include "builder/import_graph.hpp"
#include "builder/sealed.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/parallel.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view dependencies_header = "whittle dependencies 4";
constexpr std::size_t largest_dependencies_file = 256U << 20U;
constexpr std::size_t inputs_worth_a_thread = 200;  // examining them takes longer than starting one

// Sources of a package that are not in Go: go/build, fileListForExt.
constexpr std::array<std::string_view, 19> other_sources = {
    ".c", ".cc",  ".cpp", ".cxx", ".m", ".h",  ".hh",   ".hpp",     ".hxx", ".f",
    ".F", ".for", ".f90", ".s",   ".S", ".sx", ".swig", ".swigcxx", ".syso"};

bool is_source(std::string_view ending) {
  return std::find(other_sources.begin(), other_sources.end(), ending) != other_sources.end();
}

bool is_own(std::string_view portable) {
  return portable.starts_with("P/");
}

template <class Input>
bool is_outside_go(const std::vector<Input>& inputs) {
  return std::any_of(inputs.begin(), inputs.end(), [](const Input& input) {
    return input.kind == FileStates::Kind::listing && !input.path.starts_with("R/");
  });
}

std::optional<std::string> below(const std::string& path, const fs::path& folder) {
  const std::string& root = folder.native();
  if (root.empty() || path.size() < root.size() || path.compare(0, root.size(), root) != 0)
    return std::nullopt;
  if (path.size() == root.size()) return std::string();
  if (path[root.size()] != '/') return std::nullopt;
  return path.substr(root.size() + 1);
}

std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

std::string_view take_word(std::string_view& line) {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return word;
}

std::vector<std::string> without(const std::vector<std::string>& paths,
                                 const std::set<std::string_view>& left_out) {
  std::vector<std::string> result;
  for (const auto& path : paths)
    if (!left_out.contains(path)) result.push_back(path);
  return result;
}

// 'g' is a file with an outline.
std::optional<FileStates::Kind> input_kind(std::string_view word) {
  if (word == "g") return FileStates::Kind::file;
  for (const auto kind : {FileStates::Kind::file, FileStates::Kind::listing, FileStates::Kind::full_listing})
    if (word.size() == 1 && word[0] == static_cast<char>(kind)) return kind;
  return std::nullopt;
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
  std::string path = root.native();
  if (!rest.empty()) (path += '/') += rest;
  return path;
}

Dependencies Dependencies::load(const fs::path& file, DependencyRoots roots) {
  try {
    const auto text = read_file_if_present(file, largest_dependencies_file);
    if (const auto body = text ? unsealed(*text, dependencies_header) : std::nullopt)
      if (auto known = parse(*body, roots)) return std::move(*known);
  } catch (const Error&) {
    // One that cannot be read is none.
  }
  return Dependencies(std::move(roots));
}

std::optional<Dependencies> Dependencies::parse(std::string_view text, DependencyRoots roots) {
  Dependencies result(std::move(roots));
  Package* package = nullptr;
  Packages* main = nullptr;
  while (!text.empty()) {
    auto line = take_line(text);
    const auto word = take_word(line);
    if (word == "package") {
      package = &result.packages_.emplace_hint(result.packages_.end(), line, Package{})->second;
      package->import_path = line;
    } else if (word == "main") {
      main = &result.mains_[std::string(line)];
    } else if (word == "of" && main != nullptr) {
      const auto found = result.packages_.find(line);
      if (found == result.packages_.end()) return std::nullopt;
      main->push_back(&found->second);
    } else if (word == "i" && package != nullptr) {
      package->imports.emplace_back(line);
    } else if (package == nullptr || !parse_input(word, line, *package)) {
      return std::nullopt;
    }
  }
  for (auto& [path, known] : result.packages_) known.digest = digest_over(known);
  return result;
}

bool Dependencies::parse_input(std::string_view word, std::string_view line, Package& package) {
  const auto kind = input_kind(word);
  const auto text = take_word(line);
  const auto digest = sha256_from_hex(text);
  const auto outline = word == "g" ? sha256_from_hex(take_word(line)) : std::nullopt;
  if (!kind || (!digest && text != absent_input) || (word == "g" && !outline) || line.size() < 2 ||
      line[1] != '/')
    return false;
  package.own |= *kind == FileStates::Kind::listing && is_own(line);
  package.inputs.push_back({{*kind, std::string(line), digest}, outline});
  return true;
}

void Dependencies::save(const fs::path& file) const {
  std::string text;
  std::set<const Package*> used;
  for (const auto& [main, packages] : mains_) used.insert(packages.begin(), packages.end());
  for (const auto& [path, package] : packages_) {
    if (!used.contains(&package)) continue;
    if (path.find('\n') != std::string::npos) return;
    text += fmt::format("package {}\n", path);
    for (const auto& import : package.imports) {
      if (import.find('\n') != std::string::npos) return;
      text += fmt::format("i {}\n", import);
    }
    for (const auto& input : package.inputs) {
      if (input.path.find('\n') != std::string::npos) return;
      const std::string digest = input.digest ? to_hex(*input.digest) : std::string(absent_input);
      if (input.outline)
        text += fmt::format("g {} {} {}\n", digest, to_hex(*input.outline), input.path);
      else
        text += fmt::format("{} {} {}\n", static_cast<char>(input.kind), digest, input.path);
    }
  }
  for (const auto& [main, packages] : mains_) {
    if (main.find('\n') != std::string::npos) return;
    text += fmt::format("main {}\n", main);
    for (const auto* package : packages) text += fmt::format("of {}\n", package->import_path);
  }
  write_file(file, sealed(dependencies_header, text), AtomicFile::Durability::content);
}

std::optional<Sha256> Dependencies::current(const Input& input, FileStates& states) const {
  return states.look_up(input.kind, roots_.local(input.path));
}

Digest Dependencies::digest_over(const Package& package) {
  // In one piece: hundreds of packages are hashed in every run.
  std::string key;
  for (const auto& input : package.inputs) {
    key += {static_cast<char>(input.kind), input.digest ? '+' : '-'};
    if (input.digest) key += as_text(*input.digest);
    key.append(input.path).push_back('\0');
  }
  return KeyHasher().add(package.import_path).add(key).finish();
}

std::optional<Digest> Dependencies::check(const std::string& main, FileStates& states, unsigned threads,
                                          const std::stop_token& stop) {
  const auto found = mains_.find(main);
  if (found == mains_.end()) return std::nullopt;
  // What people edit is looked at first: go starts a few milliseconds earlier then.
  Packages own = found->second;
  const auto edited = [](const Package* package) { return package->own || package->import_path.empty(); };
  const auto rest = std::stable_partition(own.begin(), own.end(), edited);
  const Packages others(rest, own.end());
  own.erase(rest, own.end());
  if (!as_recorded(own, states, threads, stop) || !as_recorded(others, states, threads, stop))
    return std::nullopt;
  return digest_of(main);
}

bool Dependencies::as_recorded(const Packages& packages, FileStates& states, unsigned threads,
                               const std::stop_token& stop) const {
  Packages open;
  std::size_t inputs = 0;
  for (auto* package : packages) {
    if (package->unchanged == false) return false;
    if (package->unchanged) continue;
    open.push_back(package);
    inputs += package->inputs.size();
  }
  std::atomic<bool> differs = false;
  const auto useful = static_cast<unsigned>(1 + inputs / inputs_worth_a_thread);
  parallel_for(open.size(), std::min(threads, useful), stop, [&](std::size_t i) {
    if (differs) return;
    const auto& known = open[i]->inputs;
    open[i]->unchanged = std::all_of(known.begin(), known.end(), [&](const Input& input) {
      return current(input, states) == input.digest;
    });
    if (!*open[i]->unchanged) differs = true;
  });
  return !differs;
}

bool Dependencies::same_packages(const std::string& main, FileStates& states, unsigned threads,
                                 const std::stop_token& stop) {
  const auto found = mains_.find(main);
  if (found == mains_.end()) return false;
  Packages rest;
  for (auto* package : found->second)
    if (!package->own || package->unchanged == true || !only_bodies_differ(*package, states))
      rest.push_back(package);
  return as_recorded(rest, states, threads, stop);
}

// `go list` reads of a Go file what its outline covers, of other sources the build constraints, of embedded
// files and profiles the names. (Of other sources any change counts: they are rare.)
bool Dependencies::only_bodies_differ(const Package& package, FileStates& states) const {
  return std::all_of(package.inputs.begin(), package.inputs.end(), [&](const Input& input) {
    const auto now = current(input, states);
    if (now == input.digest) return true;
    if (!now || !input.digest || input.kind != FileStates::Kind::file) return false;
    const auto ending = fs::path(input.path).extension().native();
    if (ending != ".go") return !is_source(ending);
    return input.outline && outline_at(input, *now) == input.outline;
  });
}

// Nothing when the file is not the one with that digest any more.
std::optional<Sha256> Dependencies::outline_at(const Input& input, const Sha256& digest) const {
  try {
    const auto text = read_file(roots_.local(input.path), largest_dependencies_file);
    if (to_sha256(Digest::of(text)) == digest) return outline_of(text);
  } catch (const Error&) {
    // One that cannot be read has no outline.
  }
  return std::nullopt;
}

void Dependencies::refresh(const std::vector<std::string>& mains, FileStates& states, unsigned threads,
                           const std::stop_token& stop) {
  std::set<Package*> packages;
  for (const auto& main : mains) packages.insert(mains_.at(main).begin(), mains_.at(main).end());
  const Packages all(packages.begin(), packages.end());
  parallel_for(all.size(), threads, stop, [&](std::size_t i) {
    Package& package = *all[i];
    const bool same = package.unchanged == true;
    for (auto& input : package.inputs)
      // What is absent is asked for again: that it appeared meanwhile must not go unnoticed.
      if (!same || !input.digest) input.digest = current(input, states);
    if (same) return;
    package.digest = digest_over(package);
    package.unchanged = true;
  });
}

std::vector<std::string> Dependencies::packages_of(const std::string& main) const {
  std::vector<std::string> paths;
  for (const auto* package : mains_.at(main)) paths.push_back(package->import_path);
  return paths;
}

Digest Dependencies::digest_of(const std::string& main) const {
  KeyHasher key;
  for (const auto* package : mains_.at(main)) key.add(package->digest->text());
  return key.finish();
}

std::vector<OwnPackage> Dependencies::own_packages_of(const std::string& main) const {
  const auto& packages = mains_.at(main);
  std::vector<ListedPackage> listing;
  std::set<std::string_view> imported;
  for (const auto* package : packages) {
    if (!is_outside_go(package->inputs)) continue;
    ListedPackage listed;
    listed.import_path = package->import_path;
    listed.imports = package->imports;
    listing.push_back(std::move(listed));
    imported.insert(package->imports.begin(), package->imports.end());
  }
  std::string root;  // everything else is imported by another
  for (const auto& package : listing)
    if (!imported.contains(package.import_path)) root = package.import_path;
  const ImportGraph graph(listing, root);
  std::map<std::string, OwnPackage> found;
  for (const auto* package : packages) {
    OwnPackage own{package->import_path, {}, {}};
    for (const auto& input : package->inputs)
      if (is_own(input.path)) own.inputs.push_back(input);
    if (own.inputs.empty()) continue;
    const auto chain = graph.chain(package->import_path);
    for (std::size_t i = 0; i < chain.size(); ++i)
      found.try_emplace(chain[i], OwnPackage{chain[i], i == 0 ? std::string() : chain[i - 1], {}});
    found.try_emplace(own.import_path, own).first->second.inputs = std::move(own.inputs);
  }
  std::vector<OwnPackage> result;
  for (auto& [path, package] : found) result.push_back(std::move(package));
  return result;
}

std::map<std::string, Sha256> Dependencies::files_of(const std::vector<std::string>& mains) const {
  std::map<std::string, Sha256> files;
  for (const auto& main : mains)
    for (const auto* package : mains_.at(main))
      for (const auto& input : package->inputs)
        if (input.kind == FileStates::Kind::file && input.digest) files.emplace(input.path, *input.digest);
  return files;
}

// What is watched. Files for other systems go leaves out by their names, which the folder's listing has; of
// their contents it sees at most that they are no Go, and then refuses the package: they never make another
// program. In the project they are watched all the same. Go's own files and those of the module cache nobody
// edits, and there these are a third of all that would have to be examined.
//
// Files that a build constraint inside them keeps out are watched everywhere, though cmd/go keeps an index of
// both places (cmd/go/internal/modindex): in GOROOT it notices an edit by size and time, and in the module
// cache as soon as the index has been trimmed.
Dependencies::Package Dependencies::inputs_of(const ListedPackage& listed) const {
  const std::string folder = roots_.portable(listed.folder);
  Package package{listed.import_path, {}, {}, is_own(folder)};
  std::set<std::string> names(listed.files.begin(), listed.files.end());
  if (package.own) names.insert(listed.other_files.begin(), listed.other_files.end());
  if (listed.name == "main") names.insert("default.pgo");  // a profile there steers the compiler
  using Kind = FileStates::Kind;
  for (const auto& name : names)
    package.inputs.push_back({{Kind::file, roots_.portable(listed.folder / name), {}}});
  package.inputs.push_back({{Kind::listing, folder, {}}});
  for (const auto& searched : embed_folders(listed))
    package.inputs.push_back({{Kind::full_listing, roots_.portable(searched), {}}});
  return package;
}

void Dependencies::record(const std::vector<ListedPackage>& listing,
                          const std::map<std::string, std::string>& mains,
                          const std::vector<fs::path>& shared, FileStates& states, unsigned threads,
                          const std::stop_token& stop) {
  std::set<std::string_view> standard;
  for (const auto& package : listing)
    if (package.standard) standard.insert(package.import_path);
  std::vector<Package> fresh(listing.size() + 1);
  for (const auto& path : shared)
    fresh[0].inputs.push_back({{FileStates::Kind::file, roots_.portable(path), {}}});
  parallel_for(fresh.size(), threads, stop, [&](std::size_t i) {
    if (i > 0) {
      fresh[i] = inputs_of(listing[i - 1]);
      if (!listing[i - 1].standard) fresh[i].imports = without(listing[i - 1].imports, standard);
    }
    for (auto& input : fresh[i].inputs) input.digest = current(input, states);
    if (fresh[i].own) add_outlines(fresh[i]);
    fresh[i].digest = digest_over(fresh[i]);
    fresh[i].unchanged = true;
  });
  replace(std::move(fresh));
  for (const auto& [pattern, import_path] : mains) {
    Packages packages = {&packages_[std::string()]};  // the shared inputs
    for (const auto& path : closure_of(listing, import_path)) packages.push_back(&packages_[path]);
    mains_.insert_or_assign(pattern, std::move(packages));
  }
}

// Files that are as they were keep their outlines: they need not be read. (What an outline covers is part of
// the version in the header.)
void Dependencies::add_outlines(Package& package) const {
  const auto known = packages_.find(package.import_path);
  for (auto& input : package.inputs) {
    if (input.kind != FileStates::Kind::file || !input.digest || !input.path.ends_with(".go")) continue;
    if (known != packages_.end())
      for (const auto& before : known->second.inputs)
        if (before.path == input.path && before.digest == input.digest) input.outline = before.outline;
    if (!input.outline) input.outline = outline_at(input, *input.digest);
  }
}

// A main that another listing is about and that has a package which is not what it was is forgotten: what the
// package imports now may not be among what is known of that main.
void Dependencies::replace(std::vector<Package> fresh) {
  std::set<const Package*> replaced;
  for (auto& package : fresh) {
    Package& known = packages_[package.import_path];
    if (known.digest != package.digest) replaced.insert(&known);
    known = std::move(package);
  }
  std::erase_if(mains_, [&](const auto& main) {
    return std::any_of(main.second.begin(), main.second.end(),
                       [&](const Package* package) { return replaced.contains(package); });
  });
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
  for (const auto& entry : fs::directory_iterator(go_root / "pkg" / "include", ignored))
    files.insert(entry.path());
  return {files.begin(), files.end()};
}

}  // namespace whittle::builder
