// The dependency file: everything that went into a main package, by content, so that it can be found out
// without Go whether any of it changed, and whether a change can have made other packages part of it.
// Portable: paths are relative to the project, GOROOT and the module cache.
//
// A text file (docs/formats.md): packages, each with its inputs and their digests, and mains, each with the
// packages it consists of.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "builder/file_states.hpp"
#include "builder/go_list.hpp"
#include "builder/go_project.hpp"
#include "common/digest.hpp"
#include "common/sha256.hpp"

namespace whittle::builder {

// The folders that paths in a dependency file are relative to.
struct DependencyRoots {
  std::filesystem::path project;
  std::filesystem::path go_root;
  std::filesystem::path module_cache;

  std::string portable(const std::filesystem::path& path) const;  // "P/cmd/api/main.go"
  std::string local(std::string_view portable) const;
};

// A file or folder that a program was made from, as it was then.
struct DependencyInput {
  FileStates::Kind kind;
  std::string path;              // portable
  std::optional<Sha256> digest;  // nothing: absent
};
inline constexpr std::string_view absent_input = "absent";  // in texts, in place of its digest

// A package of a program, with what of the project it was made from.
struct OwnPackage {
  std::string import_path;  // empty: what every package depends on, go.mod and the like
  std::string importer;     // the one before it in the shortest import chain from the main package
  std::vector<DependencyInput> inputs;
};

// Not thread-safe, but uses several threads inside. Movable only.
class Dependencies {
 public:
  explicit Dependencies(DependencyRoots roots) : roots_(std::move(roots)) {}
  Dependencies(Dependencies&&) = default;
  Dependencies(const Dependencies&) = delete;

  // Empty when there is no such file or it cannot be understood: then everything counts as changed.
  static Dependencies load(const std::filesystem::path& file, DependencyRoots roots);
  // Nothing is written when a path cannot be (a line break in it).
  void save(const std::filesystem::path& file) const;

  // A digest over all inputs of the main, if it is known and every one of them is as recorded. The project's
  // own come first, and the first difference ends it.
  std::optional<Digest> check(const std::string& main, FileStates& states, unsigned threads,
                              const std::stop_token& stop);

  // Whether a listing would name the same packages with the same files for the main as are known: all inputs
  // are as recorded, but for what the project's own files hold where `go list` does not look. False when in
  // doubt.
  bool same_packages(const std::string& main, FileStates& states, unsigned threads,
                     const std::stop_token& stop);
  // For mains that have the same packages: records the present content of their own ones, as record() does.
  void refresh(const std::vector<std::string>& mains, FileStates& states, unsigned threads,
               const std::stop_token& stop);

  // Records the packages of a listing with their present content, and the mains among them. `shared` are
  // inputs of every main: go.mod and the like, absent ones included. Replaces what was known of the same
  // packages.
  void record(const std::vector<ListedPackage>& listing, const std::map<std::string, std::string>& mains,
              const std::vector<std::filesystem::path>& shared, FileStates& states, unsigned threads,
              const std::stop_token& stop);
  // Whether anything is recorded of a main.
  bool knows(const std::string& main) const { return mains_.contains(main); }
  // Of a main that is known: the import paths of its packages.
  std::vector<std::string> packages_of(const std::string& main) const;
  // Every file that mains which are known were made from, with what it holds: portable path → content.
  std::map<std::string, Sha256> files_of(const std::vector<std::string>& mains) const;
  const DependencyRoots& roots() const { return roots_; }
  // The digest of a main that was just recorded.
  Digest digest_of(const std::string& main) const;
  // What of the project decides a main, folders and absent files too, by package: all that does, beside Go
  // and what go.sum names. Packages of others are there only where an import chain leads through them.
  std::vector<OwnPackage> own_packages_of(const std::string& main) const;

 private:
  struct Input : DependencyInput {
    std::optional<Sha256> outline = {};  // of the project's Go files: go_outline.hpp
  };
  struct Package {
    std::string import_path;
    std::vector<Input> inputs;
    std::vector<std::string> imports = {};  // without Go's own packages
    bool own = false;  // of the project: nobody else takes care that its files stay as they are
    std::optional<Digest> digest = {};   // over the inputs as recorded
    std::optional<bool> unchanged = {};  // as found in this run
  };
  using Packages = std::vector<Package*>;

  static Digest digest_over(const Package& package);
  static std::optional<Dependencies> parse(std::string_view text, DependencyRoots roots);
  static bool parse_input(std::string_view word, std::string_view line, Package& package);
  std::optional<Sha256> current(const Input& input, FileStates& states) const;
  bool as_recorded(const Packages& packages, FileStates& states, unsigned threads,
                   const std::stop_token& stop) const;
  bool only_bodies_differ(const Package& package, FileStates& states) const;
  std::optional<Sha256> outline_at(const Input& input, const Sha256& digest) const;
  void add_outlines(Package& package) const;
  Package inputs_of(const ListedPackage& listed) const;
  void replace(std::vector<Package> fresh);

  DependencyRoots roots_;
  std::map<std::string, Package, std::less<>> packages_;  // by import path; "" holds the shared inputs
  std::map<std::string, Packages> mains_;  // pattern → what it consists of, sorted by import path
};

// The files besides packages' own that decide a build in `main`: go.mod, go.sum, go.work and those they name.
std::vector<std::filesystem::path> shared_inputs(const GoMain& main, const std::filesystem::path& go_root);

}  // namespace whittle::builder
