#include "optimizer/foreign_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "common/text.hpp"
#include "toolchains/go_version.hpp"

namespace whittle::optimizer {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool consists_of(std::string_view text, std::string_view others) {
  return !text.empty() && is_alphanumeric(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
  });
}

// module.Path and import paths (go.dev/ref/mod, "Module paths and versions"); nothing of a flag, a pattern or
// a version.
bool is_import_path(std::string_view path) {
  return consists_of(path, "-._~/+") && path.find("...") == std::string_view::npos &&
         path.find("//") == std::string_view::npos && path.find("..") == std::string_view::npos &&
         !path.ends_with(".go") && !path.ends_with('/') && path != "command-line-arguments";
}

bool is_commit(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// NAME=VALUE of -X: a symbol, and a text that the linker takes as it is. The linker reads an argument that
// begins with `@` as a file of arguments (cmd/internal/objabi), which no symbol does.
bool is_assignment(std::string_view text) {
  const auto equals = text.find('=');
  return equals != std::string_view::npos && consists_of(text.substr(0, equals), "-._~/+%") &&
         std::none_of(text.begin(), text.end(), [](char c) { return c == '\0' || c == '\n' || c == '\r'; }) &&
         (text.find('\'') == std::string_view::npos || text.find('"') == std::string_view::npos);
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// As go splits them (cmd/internal/quoted): a field that begins with a quote ends with the next one of its
// kind.
std::optional<std::vector<std::string>> fields_of(std::string_view text) {
  std::vector<std::string> fields;
  while (true) {
    while (!text.empty() && is_blank(text[0])) text.remove_prefix(1);
    if (text.empty()) return fields;
    const bool quoted = text[0] == '"' || text[0] == '\'';
    const auto end = quoted ? text.find(text[0], 1) : text.find_first_of(" \t\n\r");
    if (quoted && end == std::string_view::npos) return std::nullopt;
    fields.emplace_back(text.substr(quoted ? 1 : 0, quoted ? end - 1 : end));
    text.remove_prefix(std::min(text.size(), end == std::string_view::npos ? end : end + (quoted ? 1 : 0)));
  }
}

std::optional<std::string> checked_tags(std::string_view text) {
  std::string tags(text);
  std::replace(tags.begin(), tags.end(), ' ', ',');  // as it was written before Go 1.13
  const bool empty_tag = tags.empty() || tags.back() == ',' || tags.find(",,") != std::string::npos;
  if (empty_tag || !consists_of(tags, "_.,")) return std::nullopt;
  return tags;
}

// Each setting goes to the rule of its name; one without a rule stands in the way.
class Reading {
 public:
  explicit Reading(const binaries::BuildInfo& info) : info_(info) {}

  ForeignSettings take() {
    read_version();
    if (is_import_path(info_.path))
      result_.package = info_.path;
    else
      refuse(fmt::format("its main package is {}, which is not the path of one", shown(info_.path)));
    result_.trimpath = value("-trimpath") == "true";
    if (result_.trimpath)
      result_.flags.emplace_back("-trimpath");
    else
      result_.notable.emplace_back("without -trimpath");
    read_revision();
    for (const auto& [name, value] : info_.settings) read(name, value);
    if (!result_.linker_flags && !info_.settings.contains("-ldflags") && !result_.trimpath)
      result_.linker_flags.emplace();  // go leaves them out beside -trimpath alone
    std::sort(result_.variables.begin(), result_.variables.end());
    return std::move(result_);
  }

 private:
  std::string value(const std::string& name) const {
    const auto found = info_.settings.find(name);
    return found == info_.settings.end() ? std::string() : found->second;
  }
  void refuse(std::string why) { result_.obstacles.push_back(std::move(why)); }
  void refuse(const std::string& name, const std::string& value) {
    refuse(fmt::format("built with {}={}, which a record may not ask for", escaped(name), escaped(value)));
  }

  void read_version() {
    const auto& text = info_.go_version;
    const auto version = text.starts_with("go") ? toolchains::GoVersion::parse(text) : std::nullopt;
    if (version && !version->is_language())
      result_.go_version = version->text();
    else
      refuse(fmt::format("built with {}, which is no release of Go", shown(text)));
    result_.notable.push_back(fmt::format("Go {}", escaped(text.starts_with("go") ? text.substr(2) : text)));
  }

  void read_revision() {
    const auto revision = value("vcs.revision");
    const bool usable = value("vcs") == "git" && is_commit(revision) && value("vcs.modified") == "false";
    result_.flags.emplace_back(usable ? "-buildvcs=true" : "-buildvcs=false");
    if (usable) result_.revision = revision;
    if (value("vcs").empty() && revision.empty()) return;
    result_.notable.push_back(fmt::format("-buildvcs=true at {}", escaped(revision.substr(0, 12))));
    if (usable) return;
    if (value("vcs") != "git")
      refuse(fmt::format("built with -buildvcs=true from {}", shown(value("vcs"))));
    else if (!is_commit(revision))
      refuse(fmt::format("its vcs.revision {} is no commit", shown(revision)));
    else
      refuse(
          fmt::format("built with -buildvcs=true and vcs.modified={}: commit {} does not have all of its "
                      "sources",
                      escaped(value("vcs.modified")), revision.substr(0, 12)));
  }

  void read(const std::string& name, const std::string& value) {
    static constexpr std::array<std::string_view, 10> variables = {"GO386",   "GOAMD64",  "GOARCH",   "GOARM",
                                                                   "GOARM64", "GOMIPS",   "GOMIPS64", "GOOS",
                                                                   "GOPPC64", "GORISCV64"};
    static const std::map<std::string_view, std::string_view> fixed = {
        {"-buildmode", "exe"}, {"-compiler", "gc"}, {"-trimpath", "true"}};
    using Rule = void (Reading::*)(const std::string& name, const std::string& value);
    static const std::map<std::string_view, Rule> rules = {{"-gcflags", &Reading::take_compiler_flags},
                                                           {"-ldflags", &Reading::take_linker_flags},
                                                           {"-pgo", &Reading::take_profile},
                                                           {"-tags", &Reading::take_tags},
                                                           {"CGO_ENABLED", &Reading::take_cgo}};
    if (name == "vcs" || name.starts_with("vcs.")) return;  // read_revision()
    if (name == "DefaultGODEBUG") return;                   // go takes it from go.mod and the sources
    if (name.starts_with("CGO_") && value.empty()) return;
    if (const auto rule = rules.find(name); rule != rules.end()) return (this->*rule->second)(name, value);
    if (std::find(variables.begin(), variables.end(), name) != variables.end())
      return take_variable(name, value);
    const auto only = fixed.find(name);
    if (only == fixed.end() || only->second != value) refuse(name, value);
  }

  void take_variable(const std::string& name, const std::string& value) {
    if (!consists_of(value, "._,")) return refuse(name, value);
    result_.variables.push_back(fmt::format("{}={}", name, value));
  }

  void take_linker_flags(const std::string& name, const std::string& value) {
    result_.linker_flags = allowed_linker_flags(value);
    if (!result_.linker_flags)
      refuse(name, value);
    else if (!value.empty())
      result_.notable.push_back(fmt::format("-ldflags={}", shown(value)));
  }

  // Of several go records the last alone: only one that fits every package says it all.
  void take_compiler_flags(const std::string& name, const std::string& value) {
    if (value != "all=-l") return refuse(name, value);
    result_.flags.emplace_back("-gcflags=all=-l");
    result_.notable.emplace_back("-gcflags=all=-l");
  }

  void take_tags(const std::string& name, const std::string& value) {
    const auto tags = checked_tags(value);
    if (!tags) return refuse(name, value);
    result_.flags.push_back("-tags=" + *tags);
    result_.notable.push_back("-tags=" + escaped(*tags));
  }

  // go finds this one by itself; with -trimpath its folder is not recorded.
  void take_profile(const std::string& name, const std::string& value) {
    const auto file = value.substr(value.rfind('/') + 1);
    if (file != "default.pgo") refuse(name, value);
  }

  // With cgo on, but no package that needs it, no C compiler has a part in it; that none is run is up to
  // whoever builds.
  void take_cgo(const std::string& name, const std::string& value) {
    if (value != "0" && value != "1") return refuse(name, value);
    result_.variables.push_back("CGO_ENABLED=" + value);
    if (value == "1") result_.notable.emplace_back("CGO_ENABLED=1");
  }

  const binaries::BuildInfo& info_;
  ForeignSettings result_;
};

}  // namespace

std::optional<std::vector<std::string>> allowed_linker_flags(std::string_view text) {
  auto fields = fields_of(text);
  if (!fields) return std::nullopt;
  for (std::size_t i = 0; i < fields->size(); ++i) {
    const auto& field = (*fields)[i];
    if (field == "-s" || field == "-w" || field == "-buildid=") continue;
    if (field == "-X" && i + 1 < fields->size() && is_assignment((*fields)[i + 1])) {
      ++i;
      continue;
    }
    if (!field.starts_with("-X=") || !is_assignment(std::string_view(field).substr(3))) return std::nullopt;
  }
  return fields;
}

ForeignSettings read_foreign_settings(const binaries::BuildInfo& info) {
  return Reading(info).take();
}

}  // namespace whittle::optimizer
