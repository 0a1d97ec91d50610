#include "vulnerabilities/advisory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "layers/json_fields.hpp"
#include "vulnerabilities/ecosystem.hpp"

namespace whittle::vulnerabilities {
namespace {

using layers::JsonFields;
using Kind = VersionEvent::Kind;

constexpr std::size_t longest_summary = 200;  // bytes

[[noreturn]] void broken(const std::string& where, std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("{} {}", where, why));
}

// Of objects in a list, each with its place for messages.
template <class Visit>
void for_each(const JsonFields& fields, std::string_view name, const Visit& visit) {
  const auto* list = fields.array(name);
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->size(); ++i)
    visit(JsonFields((*list)[i], fmt::format("{}[{}]", fields.where(name), i)),
          fmt::format("{}[{}]", fields.where(name), i));
}

std::set<std::string> text_set(const JsonFields& fields, std::string_view name) {
  const auto texts = fields.texts(name);
  return {texts.begin(), texts.end()};
}

// A text in an object that need not be there; of another type it says nothing: databases put there what they
// like.
std::string text_in(const JsonFields& fields, std::string_view object, std::string_view name) {
  const auto* found = fields.find(object);
  if (found == nullptr || !found->is_object()) return {};
  const auto value = found->find(name);
  return value != found->end() && value->is_string() ? value->get<std::string>() : std::string();
}

// "1.6.0"; 1.0.0 where it is absent ("schema_version field").
void check_schema(const std::string& version, const std::string& where) {
  if (version.empty()) return;
  if (!is_version(VersionOrder::semantic, version)) broken(where, "has no proper schema_version");
  if (version.substr(0, version.find('.')) != "1")
    throw Error(
        ErrorKind::unsupported,
        fmt::format("{} is of version {} of its format; only 1.x is known here", where, shown(version)))
        .hint("a newer whittle may know it");
}

// The worst score of all that are computed here.
void take_scores(const JsonFields& fields, std::optional<double>& score, std::optional<Severity>& severity) {
  for_each(fields, "severity", [&](const JsonFields& one, const std::string&) {
    const auto text = one.text("score");
    if (const auto found = cvss_base_score(text); found && (!score || *found > *score)) score = found;
    if (const auto named = severity_named(text); named && !severity) severity = named;
  });
  if (score) severity = severity_of(*score);
}

VersionEvent event_of(const JsonFields& fields, VersionOrder order, const std::string& where) {
  constexpr std::array names = {std::pair{"introduced", Kind::introduced}, std::pair{"fixed", Kind::fixed},
                                std::pair{"last_affected", Kind::last_affected},
                                std::pair{"limit", Kind::limit}};
  std::optional<VersionEvent> event;
  for (const auto& [name, kind] : names) {
    if (fields.find(name) == nullptr) continue;
    if (event) broken(where, "is two events in one");
    event = {kind, fields.required_text(name)};
  }
  if (!event) broken(where, "is no event");
  const bool has_own_meaning = (event->kind == Kind::introduced && event->version == "0") ||
                               (event->kind == Kind::limit && event->version == "*");
  if (!has_own_meaning && !is_version(order, event->version))
    broken(where, fmt::format("names the version {}, which is none", shown(event->version)));
  return *event;
}

VersionRange range_of(const JsonFields& fields, VersionOrder order, const std::string& where) {
  VersionRange range;
  for_each(fields, "events", [&](const JsonFields& event, const std::string& place) {
    range.push_back(event_of(event, order, place));
  });
  if (range.empty()) range.push_back({Kind::introduced, "0"});  // as Go's own scanner reads it
  const auto introduces = [](const VersionEvent& event) { return event.kind == Kind::introduced; };
  if (std::none_of(range.begin(), range.end(), introduces))
    broken(where, "says of no version that it is affected");
  const auto is_first = [](const VersionEvent& event) {
    return event.kind == Kind::introduced && event.version == "0";
  };
  std::stable_sort(range.begin(), range.end(), [&](const VersionEvent& a, const VersionEvent& b) {
    if (is_first(a) || is_first(b)) return is_first(a) && !is_first(b);
    if (a.version == "*" || b.version == "*") return b.version == "*" && a.version != "*";
    const auto by_version = *compare(order, a.version, b.version);
    return by_version == 0 ? a.kind < b.kind : by_version < 0;
  });
  return range;
}

void take_ranges(const JsonFields& fields, Affected& affected) {
  for_each(fields, "ranges", [&](const JsonFields& range, const std::string& where) {
    const auto type = range.required_text("type");
    if (type == "GIT") return;  // commits are not known of what lies in an image
    if (type != "SEMVER" && type != "ECOSYSTEM") broken(where, fmt::format("is of the type {}", shown(type)));
    affected.ranges.push_back(range_of(range, affected.order, where));
  });
}

void take_imports(const JsonFields& fields, Affected& affected) {
  const auto* specific = fields.find("ecosystem_specific");
  if (specific == nullptr || !specific->is_object() || affected.ecosystem != go_ecosystem) return;
  for_each(JsonFields(*specific, fields.where("ecosystem_specific")), "imports",
           [&](const JsonFields& import, const std::string&) {
             affected.imports.push_back({import.required_text("path"), text_set(import, "symbols"),
                                         text_set(import, "goos"), text_set(import, "goarch")});
           });
}

// What Debian calls unimportant does no harm in its packages, however bad it is elsewhere; its other words,
// and those of other databases, count where nothing else is said.
void take_severity(const JsonFields& fields, const Advisory& advisory, Affected& affected) {
  std::optional<double> score;
  take_scores(fields, score, affected.severity);
  const auto urgency = text_in(fields, "ecosystem_specific", "urgency");
  if (urgency == "unimportant") affected.severity = Severity::low;
  for (const auto& word : {text_in(fields, "database_specific", "severity"),
                           text_in(fields, "ecosystem_specific", "severity"), urgency})
    if (!affected.severity && !advisory.severity) affected.severity = severity_named(word);
}

void take_affected(const JsonFields& fields, const std::string& where, Advisory& advisory) {
  const auto* package = fields.object("package");
  if (package == nullptr) return;
  const JsonFields names(*package, fields.where("package"));
  const auto ecosystem = known_ecosystem(names.required_text("ecosystem"));
  Affected affected;
  affected.name = names.required_text("name");
  if (std::any_of(affected.name.begin(), affected.name.end(), [](char c) { return c >= 0 && c < ' '; }))
    broken(where, "has a package whose name has control characters");
  if (!ecosystem) return;
  affected.ecosystem = *ecosystem;
  affected.order = order_of(*ecosystem);
  take_ranges(fields, affected);
  affected.versions = text_set(fields, "versions");
  take_imports(fields, affected);
  take_severity(fields, advisory, affected);
  advisory.affected.push_back(std::move(affected));
}

std::string first_line(std::string text) {
  text = text.substr(0, text.find('\n'));
  if (text.size() <= longest_summary) return text;
  text.resize(longest_summary);
  while (!text.empty() && !is_utf8(text)) text.pop_back();
  return text + "…";
}

std::string url_of(const JsonFields& fields) {
  if (auto url = text_in(fields, "database_specific", "url"); !url.empty()) return url;
  std::string best;
  bool is_advisory = false;
  for_each(fields, "references", [&](const JsonFields& reference, const std::string&) {
    const bool advises = reference.text("type") == "ADVISORY";
    if (!best.empty() && (is_advisory || !advises)) return;
    best = reference.text("url");
    is_advisory = advises;
  });
  return best;
}

}  // namespace

Advisory parse_advisory(std::string_view text, std::string_view file) {
  const auto where = shown(file);
  const auto json = parse_json(text, where, ErrorKind::integrity, {largest_advisory, 64});
  const JsonFields fields(json, where);
  check_schema(fields.text("schema_version"), where);
  Advisory advisory;
  advisory.id = fields.required_text("id");
  advisory.modified = fields.required_text("modified");
  advisory.withdrawn = !fields.text("withdrawn").empty();
  advisory.aliases = text_set(fields, "aliases");
  advisory.upstream = text_set(fields, "upstream");
  advisory.summary =
      first_line(fields.text("summary").empty() ? fields.text("details") : fields.text("summary"));
  advisory.url = url_of(fields);
  take_scores(fields, advisory.score, advisory.severity);
  if (!advisory.severity)
    advisory.severity = severity_named(text_in(fields, "database_specific", "severity"));
  for_each(fields, "affected",
           [&](const JsonFields& one, const std::string& place) { take_affected(one, place, advisory); });
  return advisory;
}

}  // namespace whittle::vulnerabilities
