#include "comparison/binary_causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "binaries/elf.hpp"
#include "common/text.hpp"
#include "comparison/package_origins.hpp"
#include "comparison/setting_causes.hpp"

namespace whittle::comparison {
namespace {

using Group = CauseList::Group;

constexpr std::array<std::string_view, 21> aspects_of_binaries = {
    "machine",           "elf-type",      "loader",          "libraries",      "build-id",
    "symbol-table",      "debug-info",    "debug-producer",  "debug-folder",   "section",
    "data-text",         "go-version",    "go-main-package", "go-main-module", "go-module",
    "go-setting",        "go-build-info", "embedded-path",   "go-function",    "go-package",
    "go-moved-functions"};

bool is_of_binary(const Finding& finding) {
  return finding.aspect == "go-dependency-package" || finding.aspect == "go-toolchain-package" ||
         std::find(aspects_of_binaries.begin(), aspects_of_binaries.end(), finding.aspect) !=
             aspects_of_binaries.end();
}

// "go1.26.8" as people write it.
std::string go_text(const std::optional<std::string>& version) {
  if (!version) return "an unknown Go";
  return "Go " + escaped(version->starts_with("go") ? version->substr(2) : *version);
}

std::string last_word_behind(const Finding& finding, std::string_view prefix) {
  const auto& step = finding.where.back();
  return step.starts_with(prefix) ? step.substr(prefix.size()) : step;
}

// The version in "v0.14.0 h1:…"; a replacement belongs to it, a sum does not.
std::string without_sum(const std::string& module) {
  const auto sum = module.find(" h1:");
  return module.substr(0, sum);
}

std::string module_text(const Finding& finding) {
  const auto path = escaped(last_word_behind(finding, "module "));
  if (!finding.a || !finding.b)
    return fmt::format("module {} {} only in {}", path,
                       escaped(without_sum(finding.a ? *finding.a : *finding.b)), finding.a ? "A" : "B");
  const auto a = without_sum(*finding.a);
  const auto b = without_sum(*finding.b);
  if (a == b)
    return fmt::format("module {} {} has other contents: {} instead of {}", path, escaped(a),
                       escaped(finding.a->substr(a.size())), escaped(finding.b->substr(b.size())));
  return fmt::format("module {} {} instead of {}", path, escaped(a), escaped(b));
}

// The rules for one file.
class BinaryCauses {
 public:
  BinaryCauses(CauseList& causes, const Where& file) : causes_(causes), file_(file) {}

  void run() {
    if (explain_machine() || explain_missing_build_info()) return;
    explain_go_version();
    explain_modules();
    drop_recorded_texts();
    explain_version_control();
    explain_main();
    explain_settings();
    explain_stripping();
    explain_paths();
    explain_debug_info();
    explain_texts();
    explain_code();
    explain_linking();
    explain_build_ids();
    explain_rest();
  }

 private:
  // What nothing explains yet below the file, of one aspect.
  Group of(std::string_view aspect) const {
    return causes_.those(
        [&](const Finding& finding) { return finding.aspect == aspect && is_below(finding); });
  }
  bool is_below(const Finding& finding) const {
    return finding.where.size() == file_.size() + 1 &&
           std::equal(file_.begin(), file_.end(), finding.where.begin());
  }
  // What follows from any cause: the file's content and sections, the IDs, functions that moved.
  Group consequences() const {
    return causes_.those([&](const Finding& finding) {
      if (finding.where == file_) return finding.aspect == "content" || finding.aspect == "size";
      return is_below(finding) &&
             (finding.aspect == "section" || finding.aspect == "build-id" ||
              finding.aspect == "go-moved-functions" || finding.aspect == "debug-producer");
    });
  }
  Group code() const {
    return causes_.those([&](const Finding& finding) {
      return is_below(finding) &&
             (finding.aspect == "go-package" || finding.aspect == "go-dependency-package" ||
              finding.aspect == "go-toolchain-package" || finding.aspect == "go-function" ||
              finding.aspect == "data-text");
    });
  }
  // Adds a cause. The first of a file takes with it whatever follows from any.
  void explain(Group group, const std::string& kind, const std::string& text, bool changes_code) {
    const auto add = [&group](const Group& more) { group.insert(group.end(), more.begin(), more.end()); };
    if (changes_code) {
      add(code());
      code_explained_ = true;
    }
    add(consequences());
    explained_ = true;
    causes_.explain(group, kind, text);
  }

  bool explain_machine() {
    const auto found = of("machine");
    if (found.empty()) return false;
    auto group = causes_.those([&](const Finding& finding) {
      return finding.where == file_ ? finding.aspect == "content"
                                    : is_below(finding) && is_of_binary(finding);
    });
    const auto architectures = of("go-setting");
    const auto named = std::find_if(architectures.begin(), architectures.end(), [](const Finding* finding) {
      return setting_name(*finding) == "GOARCH";
    });
    causes_.explain(group, "machine",
                    fmt::format("built for another architecture: {}",
                                instead(named == architectures.end() ? *found[0] : **named)));
    return true;
  }

  bool explain_missing_build_info() {
    const auto found = of("go-build-info");
    if (found.empty()) return false;
    explain(found, "go-build-info",
            fmt::format("only {} has Go's build information, of {}", found[0]->a ? "A" : "B",
                        go_text(found[0]->a ? found[0]->a : found[0]->b)),
            true);
    return true;
  }

  void explain_go_version() {
    const auto found = of("go-version");
    if (found.empty()) return;
    // Settings that only one version writes or defaults to differently follow from it.
    const auto defaults = causes_.those([&](const Finding& finding) {
      return finding.aspect == "go-setting" && is_below(finding) && setting_name(finding) == "DefaultGODEBUG";
    });
    auto group = found;
    group.insert(group.end(), defaults.begin(), defaults.end());
    explain(group, "go-version",
            fmt::format("built with {} instead of {}", go_text(found[0]->a), go_text(found[0]->b)), true);
  }

  void explain_modules() {
    for (const auto* module : of("go-module")) {
      auto group = Group{module};
      const auto path = last_word_behind(*module, "module ");
      for (const auto* package : of("go-dependency-package"))
        if (is_of_module(last_word_behind(*package, "package "), path)) group.push_back(package);
      explain(group, "dependency", module_text(*module), false);
      modules_differ_ = true;
    }
    if (!modules_differ_) return;
    // Code of the program and of other packages changes with what is inlined into it; only the toolchain's
    // does not say anything else.
    code_explained_ = true;
    causes_.drop(code());
  }

  void explain_main() {
    for (const auto* found : of("go-main-package"))
      explain({found}, "main-package", fmt::format("another main package: {}", instead(*found)), true);
    for (const auto* found : of("go-main-module"))
      explain({found}, "main-module", fmt::format("another main module: {}", instead(*found)), false);
  }

  void explain_settings() {
    for (const auto* setting : of("go-setting")) {
      if (setting_name(*setting) == "-trimpath") continue;  // with the paths
      bool first = true;
      for (const auto& cause : setting_causes(*setting)) {
        explain(first ? Group{setting} : Group{}, cause.kind, cause.text, first && changes_code(*setting));
        first = false;
        if (cause.text.find("linker flag -X ") != std::string::npos) value_changed_ = true;
        if (cause.text.find("linker flag -s ") != std::string::npos ||
            cause.text.find("linker flag -w ") != std::string::npos)
          stripping_explained_ = true;
      }
    }
    if (value_changed_) causes_.drop(of("data-text"));
    if (value_changed_) causes_.drop(of("time-stamp"));
  }

  // The build information is data of the program as well: its lines are no texts of their own.
  void drop_recorded_texts() {
    const auto recorded = causes_.those([&](const Finding& finding) {
      return is_below(finding) && finding.a &&
             (finding.aspect == "go-setting" || finding.aspect == "go-main-module");
    });
    for (const auto* aspect : {"data-text", "time-stamp"})
      for (const auto* text : of(aspect))
        if (std::any_of(recorded.begin(), recorded.end(), [&](const Finding* record) {
              return text->a->find(setting_name(*record) + "=") != std::string::npos ||
                     record->a->find(*text->a) != std::string::npos;
            }))
          causes_.drop({text});
  }

  // The settings vcs, vcs.revision, vcs.time and vcs.modified come together: the revision says most.
  void explain_version_control() {
    auto found = of("go-setting");
    found.erase(
        std::remove_if(found.begin(), found.end(),
                       [](const Finding* finding) { return !setting_name(*finding).starts_with("vcs"); }),
        found.end());
    if (found.empty()) return;
    auto told = std::find_if(found.begin(), found.end(),
                             [](const Finding* finding) { return setting_name(*finding) == "vcs.revision"; });
    if (told == found.end()) told = found.begin();
    const auto cause = setting_causes(**told).front();
    auto group = found;
    const auto version = of("go-main-module");  // made of the revision
    group.insert(group.end(), version.begin(), version.end());
    explain(group, cause.kind, cause.text, false);
  }

  void explain_stripping() {
    auto group = of("symbol-table");
    const auto debug = of("debug-info");
    const bool one_sided =
        std::any_of(debug.begin(), debug.end(), [](const Finding* f) { return !f->a || !f->b; });
    const bool symbols = !group.empty();
    group.insert(group.end(), debug.begin(), debug.end());
    if (group.empty()) return;
    if (stripping_explained_) {
      causes_.drop(group);
    } else if (!symbols && !one_sided) {
      explain(group, "debug-info",
              fmt::format("debug information is of another form: {}", instead(*group[0])), false);
    } else {
      const char* flags = symbols && one_sided ? "-s -w" : symbols ? "-s" : "-w";
      const bool stripped_a = !group[0]->a;
      explain(group, "strip",
              fmt::format("stripped (as by {}) only in {}: {} holds {}", flags, stripped_a ? "A" : "B",
                          stripped_a ? "B" : "A",
                          symbols && one_sided ? "a symbol table and debug information"
                          : symbols            ? "a symbol table"
                                               : "debug information"),
              false);
    }
  }

  void explain_paths() {
    auto paths = of("embedded-path");
    const auto trimpath = causes_.those([&](const Finding& finding) {
      return finding.aspect == "go-setting" && is_below(finding) && setting_name(finding) == "-trimpath";
    });
    // The folder of the sources is the most telling, so it comes last in the table and is taken first.
    const auto one_sided = [](const Finding* f) { return !f->a || !f->b; };
    if (!trimpath.empty() || (!paths.empty() && std::all_of(paths.begin(), paths.end(), one_sided))) {
      auto group = trimpath;
      group.insert(group.end(), paths.begin(), paths.end());
      auto text = trimpath.empty()
                      ? fmt::format("{} was built without -trimpath", paths.back()->a ? "A" : "B")
                      : setting_causes(*trimpath[0]).front().text;
      if (!paths.empty()) {
        const auto& told = *paths.back();
        text +=
            fmt::format(": the path {} appears {}", value_text(told.a ? told.a : told.b), escaped(told.note));
      }
      explain(group, "trimpath", text, false);
      return;
    }
    for (auto path = paths.rbegin(); path != paths.rend(); ++path)
      explain({*path}, "build-path",
              fmt::format("built without -trimpath in different places: {}: {}",
                          escaped((*path)->where.back()), instead(**path)),
              false);
  }

  void explain_debug_info() {
    const auto folders = of("debug-folder");
    if (folders.empty()) return;
    if (explained_)
      causes_.drop(folders);
    else
      explain(folders, "build-path", fmt::format("compiled in other folders: {}", instead(*folders[0])),
              false);
  }

  void explain_texts() {
    if (code_explained_) {
      causes_.drop(of("data-text"));
      causes_.drop(of("time-stamp"));
      return;
    }
    if (const auto stamps = of("time-stamp"); !stamps.empty()) {
      explain(stamps, "time-stamp",
              fmt::format("a time stamp is compiled into {}: {}", name(), instead(*stamps[0])), false);
      text_explained_ = true;
    }
    const auto texts = of("data-text");
    if (texts.empty()) return;
    explain(texts, "embedded-value",
            fmt::format("a text compiled into {} differs, a constant or what -X sets: {}", name(),
                        instead(*texts[0])),
            false);
    text_explained_ = true;
  }

  void explain_code() {
    if (code_explained_) {
      causes_.drop(code());
      return;
    }
    const auto functions = of("go-function");
    const auto changed = of("go-package");
    const bool program_changed = !changed.empty();
    for (const auto* package : changed)
      explain({package}, "source",
              fmt::format("package {}: source changed: {}", package_name(*package), escaped(package->note)),
              false);
    for (const auto* package : of("go-dependency-package"))
      if (program_changed && !has_other_code(*package))
        causes_.drop({package});
      else
        explain({package}, "dependency-source",
                fmt::format("package {} of a dependency differs although its version is equal: {}",
                            package_name(*package), escaped(package->note)),
                false);
    const auto toolchain = of("go-toolchain-package");
    // The compiler instantiates generic functions of Go's packages for whoever uses them, and drops what
    // nobody uses.
    if (!toolchain.empty() && !program_changed && !text_explained_)
      explain(toolchain, "toolchain",
              fmt::format("Go's own package {} differs although the version is equal: another toolchain or a "
                          "flag that is not "
                          "recorded: {}",
                          package_name(*toolchain[0]), escaped(toolchain[0]->note)),
              false);
    else
      causes_.drop(toolchain);
    if (explained_) causes_.drop(functions);
  }

  void explain_linking() {
    for (const auto& [aspect, text] :
         {std::pair("elf-type", "linked in another way"), std::pair("loader", "another loader"),
          std::pair("libraries", "other shared libraries")})
      for (const auto* found : of(aspect))
        if (explained_)
          causes_.drop({found});
        else
          explain({found}, "linking", fmt::format("{}: {}", text, instead(*found)), false);
  }

  void explain_build_ids() {
    const auto ids = of("build-id");
    if (ids.empty() || explained_) return;
    const auto sections = of("section");
    const bool others = std::any_of(sections.begin(), sections.end(), [](const Finding* finding) {
      return finding->where.back().find(".note.") == std::string::npos;
    });
    explain(ids, "build-id",
            others ? fmt::format("another build ID: {}", instead(*ids[0]))
                   : fmt::format("another build ID and nothing else: {}", instead(*ids[0])),
            false);
  }

  // Sections alone: no Go, or nothing that the rules know.
  void explain_rest() {
    const auto sections = of("section");
    if (sections.empty()) return;
    const auto& told = *sections[0];
    explain(sections, "section",
            fmt::format("{} differs in {}: {}", name(), escaped(told.where.back()),
                        told.a == told.b ? escaped(told.note) : instead(told)),
            false);
  }

  // Functions that only one has may be dropped or instantiated for the program; other code is another source.
  static bool has_other_code(const Finding& package) {
    return package.note.find(" of another size") != std::string::npos ||
           package.note.find(" with other code") != std::string::npos;
  }
  std::string name() const { return file_.empty() ? std::string("the binary") : escaped(file_.back()); }
  std::string package_name(const Finding& finding) const {
    return escaped(last_word_behind(finding, "package "));
  }

  CauseList& causes_;
  const Where file_;
  bool explained_ = false;
  bool code_explained_ = false;
  bool modules_differ_ = false;
  bool value_changed_ = false;
  bool text_explained_ = false;
  bool stripping_explained_ = false;
};

}  // namespace

void add_binary_causes(CauseList& causes) {
  std::map<Where, bool> files;
  for (const auto* finding : causes.those(is_of_binary))
    if (!finding->where.empty()) files[Where(finding->where.begin(), finding->where.end() - 1)] = true;
  for (const auto& [file, is_binary] : files) BinaryCauses(causes, file).run();
}

}  // namespace whittle::comparison
