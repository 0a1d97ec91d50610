#include "comparison/config_causes.hpp"

#include <fmt/format.h>

#include "common/text.hpp"

namespace whittle::comparison {
namespace {

using Group = CauseList::Group;

Group named(const CauseList& causes, std::string_view name) {
  return causes.those([&](const Finding& finding) {
    return (finding.aspect == "annotation" || finding.aspect == "label") && !finding.where.empty() &&
           finding.where.back() == name;
  });
}

void explain_named(CauseList& causes, std::string_view name, const char* kind, const char* text) {
  if (const auto group = named(causes, name); !group.empty())
    causes.explain(group, kind, fmt::format("{}: {}", text, instead(*group[0])));
}

// One cause for each, said the same way.
void explain_each(CauseList& causes, const char* aspect, const char* kind, const char* text, bool with_name) {
  for (const auto* finding : causes.of(aspect))
    causes.explain({finding}, kind,
                   with_name ? fmt::format("{} {}: {}", text, place_text(*finding), instead(*finding))
                             : fmt::format("{}: {}", text, instead(*finding)));
}

}  // namespace

void add_source_causes(CauseList& causes) {
  const auto digests = named(causes, "org.opencontainers.image.base.digest");
  const auto names = named(causes, "org.opencontainers.image.base.name");
  if (!digests.empty() || !names.empty()) {
    auto all = digests;
    all.insert(all.end(), names.begin(), names.end());
    const auto text = !names.empty() ? fmt::format("base image differs: {}", instead(*names[0]))
                                     : fmt::format("base image differs: {}", instead(*digests[0]));
    causes.explain(all, "base", text);
  }
  explain_named(causes, "org.opencontainers.image.revision", "revision",
                "built from another revision of the source");
  explain_named(causes, "org.opencontainers.image.version", "version", "another version");
}

void add_config_causes(CauseList& causes) {
  for (const auto* finding : causes.of("platform")) {
    const bool both = finding->a && finding->b;
    causes.explain(
        {finding}, "platform",
        both ? fmt::format("another platform: {}", instead(*finding))
             : fmt::format("platform {} is only in {}", value_text(finding->a ? finding->a : finding->b),
                           finding->a ? "A" : "B"));
  }
  explain_each(causes, "root-kind", "media-type",
               "one is an index of several platforms, the other a single image", false);
  explain_each(causes, "media-type", "media-type", "another media type", false);
  explain_each(causes, "config-media-type", "media-type", "another media type of the config", false);
  explain_each(causes, "layer-media-type", "media-type", "another media type of a layer", false);
  explain_each(causes, "env", "config", "environment variable", true);
  explain_each(causes, "label", "config", "label", true);
  explain_each(causes, "annotation", "annotation", "annotation", true);
  for (const char* aspect :
       {"entrypoint", "cmd", "user", "working-dir", "stop-signal", "port", "volume", "env-order", "author"})
    explain_each(causes, aspect, "config", aspect, false);
  explain_each(causes, "created", "created", "created at another time", false);
  if (const auto history = causes.of("history"); !history.empty())
    causes.explain(history, "history",
                   fmt::format("the history differs: {} {}", place_text(*history[0]), instead(*history[0])));
}

void add_other_causes(CauseList& causes) {
  for (const auto* finding : causes.those([](const Finding&) { return true; })) {
    auto text = fmt::format("{} of {}", escaped(finding->aspect), place_text(*finding));
    if (finding->a || finding->b)
      text += fmt::format(": {}", instead(*finding));
    else if (!finding->note.empty())
      text += fmt::format(": {}", escaped(finding->note));
    causes.explain({finding}, finding->aspect, text);
  }
}

}  // namespace whittle::comparison
