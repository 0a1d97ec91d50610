#include "comparison/config_difference.hpp"

#include <fmt/format.h>

#include "common/json.hpp"
#include "comparison/json_difference.hpp"
#include "comparison/map_difference.hpp"

namespace whittle::comparison {
namespace {

using Texts = std::map<std::string, std::string>;

// An empty field counts as absent, as it does for runtimes.
std::optional<std::string> unless_empty(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::string list_text(const std::vector<std::string>& words) {
  return canonical(Json(words));
}

Texts variables_of(const std::vector<std::string>& env) {
  Texts variables;
  for (const auto& entry : env) {
    const auto equals = std::min(entry.find('='), entry.size());
    variables.insert_or_assign(entry.substr(0, equals), entry.substr(std::min(equals + 1, entry.size())));
  }
  return variables;
}

Texts texts_of(const std::set<std::string>& names) {
  Texts texts;
  for (const auto& name : names) texts.emplace(name, name);
  return texts;
}

Texts texts_of(const layers::History& entry) {
  Texts texts;
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) texts.emplace(name, value);
  };
  put("created", entry.created);
  put("created_by", entry.created_by);
  put("comment", entry.comment);
  put("author", entry.author);
  if (entry.empty_layer) texts.emplace("empty_layer", "true");
  return texts;
}

class FieldComparison {
 public:
  FieldComparison(const Where& where, Findings& findings) : where_(where), findings_(findings) {}

  void text(const char* aspect, const std::string& a, const std::string& b) {
    if (a != b) findings_.add({where_, aspect, unless_empty(a), unless_empty(b)});
  }
  void list(const char* aspect, const std::optional<std::vector<std::string>>& a,
            const std::optional<std::vector<std::string>>& b) {
    if (a != b)
      findings_.add({where_, aspect, a ? std::optional(list_text(*a)) : std::nullopt,
                     b ? std::optional(list_text(*b)) : std::nullopt});
  }
  void env(const layers::Execution& a, const layers::Execution& b) {
    const auto before = findings_.count();
    compare_maps(variables_of(a.env), variables_of(b.env), "env", where_, findings_);
    if (findings_.count() == before && a.env != b.env)
      findings_.add(
          {where_, "env-order", list_text(a.env), list_text(b.env), "the same variables in another order"});
  }
  void history(const std::vector<layers::History>& a, const std::vector<layers::History>& b) {
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i)
      compare_maps(i < a.size() ? texts_of(a[i]) : Texts(), i < b.size() ? texts_of(b[i]) : Texts(),
                   "history", below(where_, fmt::format("history {}", i + 1)), findings_);
  }

 private:
  const Where& where_;
  Findings& findings_;
};

}  // namespace

void compare_configs(const layers::ImageConfig& a, const layers::ImageConfig& b, const Where& where,
                     Findings& findings) {
  FieldComparison config(where, findings);
  const auto& run_a = a.execution;
  const auto& run_b = b.execution;
  config.text("platform", a.platform.text(), b.platform.text());
  config.text("os-version", a.platform.os_version, b.platform.os_version);
  config.text("created", a.created, b.created);
  config.text("author", a.author, b.author);
  config.list("entrypoint", run_a.entrypoint, run_b.entrypoint);
  config.list("cmd", run_a.cmd, run_b.cmd);
  config.text("user", run_a.user, run_b.user);
  config.text("working-dir", run_a.working_dir, run_b.working_dir);
  config.text("stop-signal", run_a.stop_signal, run_b.stop_signal);
  config.env(run_a, run_b);
  compare_maps(run_a.labels, run_b.labels, "label", where, findings);
  compare_maps(texts_of(run_a.exposed_ports), texts_of(run_b.exposed_ports), "port", where, findings);
  compare_maps(texts_of(run_a.volumes), texts_of(run_b.volumes), "volume", where, findings);
  compare_json(run_a.others, run_b.others, below(where, "config"), findings);
  compare_json(a.others, b.others, where, findings);
  config.history(a.history, b.history);
}

void compare_manifests(const layers::Manifest& a, const layers::Manifest& b, const Where& where,
                       Findings& findings) {
  FieldComparison manifest(where, findings);
  manifest.text("media-type", a.media_type, b.media_type);
  manifest.text("config-media-type", a.config.media_type, b.config.media_type);
  manifest.text("artifact-type", a.artifact_type, b.artifact_type);
  manifest.text("subject", a.subject ? a.subject->digest.text() : "",
                b.subject ? b.subject->digest.text() : "");
  compare_maps(a.annotations, b.annotations, "annotation", where, findings);
}

}  // namespace whittle::comparison
