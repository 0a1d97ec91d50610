#include "vulnerabilities/go_matcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "common/parallel.hpp"
#include "common/text.hpp"
#include "vulnerabilities/advisory_groups.hpp"
#include "vulnerabilities/ecosystem.hpp"
#include "vulnerabilities/linked_symbols.hpp"

namespace whittle::vulnerabilities {
namespace {

// A module as a database knows it.
struct Subject {
  std::string name;          // in the database
  std::string import_path;   // that its packages have in the program: of the module it stands in place of
  std::string version = {};  // as the database writes it
  std::string why = {};      // nothing can be said of its version, if so
};

// One entry that is about a module in the program.
struct Match {
  std::shared_ptr<const Advisory> advisory;
  const Affected* affected;  // in it
  Location found = {};
};

bool is_folder(const std::string& path) {
  return path.starts_with('.') || path.starts_with('/');
}

void add_module(const binaries::BuildInfo::Dependency& dependency, std::vector<Subject>& subjects) {
  const auto& module = dependency.effective();
  const auto& path = dependency.module.path;
  if (!dependency.replacement) {
    subjects.push_back({path, path, module.version, {}});
  } else if (is_folder(module.path) || module.version.empty()) {
    subjects.push_back({path, path, {}, fmt::format("replaced by the folder {}", shown(module.path))});
  } else {
    subjects.push_back({module.path, path, module.version, {}});
    if (module.path != path)
      subjects.push_back(
          {path, path, {}, fmt::format("replaced by {} {}", shown(module.path), shown(module.version))});
  }
}

std::vector<Subject> subjects_of(const binaries::BuildInfo& info) {
  std::vector<Subject> subjects;
  for (const auto& dependency : info.dependencies) add_module(dependency, subjects);
  if (info.main_module)
    subjects.push_back({info.main_module->path, info.main_module->path, info.main_module->version, {}});
  const auto go = semantic_version_of_go(info.go_version);
  const auto why = go ? std::string() : fmt::format("made with {}", shown(info.go_version));
  subjects.push_back({"stdlib", "", go.value_or(""), why});
  if (info.path.starts_with("cmd/")) subjects.push_back({"toolchain", "cmd", go.value_or(""), why});
  for (auto& subject : subjects) {
    if (subject.version == "(devel)") subject.version.clear();
    if (subject.version.empty() && subject.why.empty())
      subject.why = "built from a folder, without a version";
    if (!subject.version.empty() && !is_version(VersionOrder::semantic, subject.version)) {
      subject.why = fmt::format("its version {} is none", shown(subject.version));
      subject.version.clear();
    }
  }
  return subjects;
}

class ProgramMatcher {
 public:
  ProgramMatcher(const binaries::RandomAccess& file, const binaries::Elf& elf,
                 const binaries::BuildInfo& info)
      : file_(file), elf_(elf), info_(info) {}

  ProgramMatches match(Databases& databases, unsigned jobs, const std::stop_token& stop) {
    const auto subjects = subjects_of(info_);
    std::vector<std::vector<Match>> all(subjects.size());
    parallel_for(subjects.size(), jobs, stop,
                 [&](std::size_t i) { all[i] = candidates(subjects[i], databases); });
    std::set<std::string> wanted;
    for (std::size_t i = 0; i < all.size(); ++i)
      for (const auto& match : all[i])
        for (const auto& import : match.affected->imports)
          wanted.insert(path_in_program(subjects[i], import.path));
    ProgramMatches result;
    if (std::all_of(all.begin(), all.end(), [](const auto& matches) { return matches.empty(); }))
      return result;
    linked_ = LinkedSymbols::read(file_, elf_, info_, wanted);
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (auto& match : all[i]) match.found = locate(subjects[i], *match.affected);
      report(subjects[i], all[i], result);
    }
    return result;
  }

 private:
  // What is known of a module in that version, or in any when its version is not known.
  static std::vector<Match> candidates(const Subject& subject, Databases& databases) {
    std::vector<Match> matches;
    for (const auto& advisory : databases.about(go_ecosystem, subject.name, subject.version))
      for (const auto& affected : advisory->affected)
        if (affected.ecosystem == go_ecosystem && affected.name == subject.name &&
            (subject.version.empty() || affected.contains(subject.version)))
          matches.push_back({advisory, &affected});
    return matches;
  }

  // Of a module that stands in place of another the packages keep the other's path.
  std::string path_in_program(const Subject& subject, const std::string& path) const {
    if (subject.name == subject.import_path || !path.starts_with(subject.name)) return path;
    const auto rest = path.substr(subject.name.size());
    return rest.empty() || rest.starts_with('/') ? subject.import_path + rest : path;
  }

  bool is_for_this_system(const AffectedImport& import) const {
    const auto matches = [this](const char* setting, const std::set<std::string>& values) {
      const auto found = info_.settings.find(setting);
      return values.empty() || found == info_.settings.end() || values.contains(found->second);
    };
    return matches("GOOS", import.systems) && matches("GOARCH", import.architectures);
  }

  Location locate(const Subject& subject, const Affected& affected) const {
    Location location;
    location.presence = Presence::not_linked;
    if (affected.imports.empty()) {
      const bool is_there = subject.name == "stdlib" || subject.name == "toolchain" ||
                            (linked_ && linked_->has_module(subject.import_path));
      location.presence = is_there ? Presence::linked : linked_ ? Presence::not_linked : Presence::unknown;
      return location;
    }
    for (const auto& import : affected.imports)
      if (is_for_this_system(import)) look_for(path_in_program(subject, import.path), import, location);
    return location;
  }

  void look_for(const std::string& package, const AffectedImport& import, Location& location) const {
    if (!linked_) {
      location.presence = Presence::unknown;
      return;
    }
    const auto add = [&](std::string name) {
      location.presence = Presence::linked;
      if (location.symbols.size() < some_symbols) location.symbols.insert(as_utf8(name));
    };
    if (import.symbols.empty() && linked_->has_package(package)) add(package);
    for (const auto& symbol : import.symbols)
      if (linked_->has(package, symbol)) add(package + "." + symbol);
  }

  static void report(const Subject& subject, std::vector<Match>& matches, ProgramMatches& result) {
    if (subject.version.empty()) {
      Unchecked unchecked{as_utf8(subject.name), subject.why, {}, {}};
      for (const auto& match : matches)
        if (match.found.presence != Presence::not_linked) unchecked.candidates.insert(match.advisory->id);
      if (!unchecked.candidates.empty()) result.unchecked.push_back(std::move(unchecked));
      return;
    }
    std::vector<const Advisory*> advisories;
    for (const auto& match : matches) advisories.push_back(match.advisory.get());
    for (const auto& group : groups_of(advisories))
      result.findings.push_back(finding_of(subject, matches, group));
  }

  // Entries that name functions speak for the others; what they do not say of severity, those may.
  static Finding finding_of(const Subject& subject, const std::vector<Match>& matches,
                            const std::vector<std::size_t>& group) {
    const auto is_precise = [&](std::size_t i) { return !matches[i].affected->imports.empty(); };
    auto speakers = group;
    std::erase_if(speakers, [&](std::size_t i) { return !is_precise(i); });
    if (speakers.empty()) speakers = group;
    const auto& first = matches[speakers.front()];
    auto finding = begin_finding(*first.advisory, *first.affected, as_utf8(subject.name), subject.version);
    auto& location = finding.locations.emplace_back();
    location.presence = Presence::not_linked;
    for (const auto i : speakers) {
      location.presence = std::max(location.presence, matches[i].found.presence);
      location.symbols.insert(matches[i].found.symbols.begin(), matches[i].found.symbols.end());
      take_fix(*matches[i].affected, finding);
    }
    for (const auto i : group) {
      add_names(*matches[i].advisory, finding);
      take_severity(*matches[i].advisory, *matches[i].affected, finding);
    }
    return finding;
  }

  const binaries::RandomAccess& file_;
  const binaries::Elf& elf_;
  const binaries::BuildInfo& info_;
  std::optional<LinkedSymbols> linked_ = {};
};

}  // namespace

ProgramMatches match_program(const binaries::RandomAccess& file, const binaries::Elf& elf,
                             const binaries::BuildInfo& info, Databases& databases, unsigned jobs,
                             const std::stop_token& stop) {
  return ProgramMatcher(file, elf, info).match(databases, jobs, stop);
}

}  // namespace whittle::vulnerabilities
