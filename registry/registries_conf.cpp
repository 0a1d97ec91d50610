#include "registry/registries_conf.hpp"

#include <fmt/format.h>

#define TOML_HEADER_ONLY 1
// What it asserts on is refused as a syntax error a few lines later; a debug build must not end there.
#define TOML_ASSERT(expression) static_assert(true)
#include <toml++/toml.h>

#include <algorithm>
#include <system_error>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"

namespace whittle::registry {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t registries_file_limit = 1U << 20U;

// One file's rules, with errors that name file and line.
class RegistriesReader {
 public:
  explicit RegistriesReader(std::string_view what) : what_(what) {}

  std::vector<RegistryRule> read(std::string_view text) const {
    toml::table document;
    try {
      document = toml::parse(text);
    } catch (const toml::parse_error& error) {
      refuse(error.source(), escaped(error.description()));
    }
    if (const auto* old = document.get("registries"))
      refuse(old->source(), "`registries` is of the old format, version 1; write [[registry]]");
    std::vector<RegistryRule> rules;
    for (const auto* table : tables(document, "registry")) rules.push_back(rule(*table));
    return rules;
  }

 private:
  [[noreturn]] void refuse(const toml::source_region& where, std::string_view why) const {
    throw Error(ErrorKind::usage, fmt::format("{}:{}: {}", what_, where.begin.line, why));
  }

  std::vector<const toml::table*> tables(const toml::table& parent, std::string_view name) const {
    std::vector<const toml::table*> found;
    const auto* const node = parent.get(name);
    if (node == nullptr) return found;
    const auto* const array = node->as_array();
    if (array == nullptr) refuse(node->source(), fmt::format("`{}` is no array of tables", name));
    for (const auto& element : *array) {
      if (!element.is_table())
        refuse(element.source(), fmt::format("`{}` holds something else than tables", name));
      found.push_back(element.as_table());
    }
    return found;
  }

  template <class Value>
  std::optional<Value> value(const toml::table& table, std::string_view name, std::string_view type) const {
    const auto* const node = table.get(name);
    if (node == nullptr) return std::nullopt;
    auto found = node->value_exact<Value>();
    if (!found) refuse(node->source(), fmt::format("`{}` is no {}", name, type));
    return found;
  }
  std::string text(const toml::table& table, std::string_view name) const {
    auto found = value<std::string>(table, name, "text").value_or("");
    while (found.ends_with('/')) found.pop_back();
    return found;
  }
  std::optional<bool> flag(const toml::table& table, std::string_view name) const {
    return value<bool>(table, name, "boolean");
  }

  RegistryRule rule(const toml::table& table) const {
    RegistryRule rule{text(table, "prefix"), text(table, "location"), flag(table, "blocked").value_or(false),
                      flag(table, "insecure").value_or(false)};
    if (rule.prefix.empty()) rule.prefix = rule.location;
    if (rule.prefix.empty()) refuse(table.source(), "a registry has neither `prefix` nor `location`");
    const auto by_digest_only = flag(table, "mirror-by-digest-only");
    for (const auto* one : tables(table, "mirror")) rule.mirrors.push_back(mirror(*one, by_digest_only));
    return rule;
  }

  // Without a word about it a mirror is asked by digest alone: what it says of a tag may be long out of date,
  // and nothing could show that (hostile.md, 171).
  MirrorRule mirror(const toml::table& table, std::optional<bool> by_digest_only) const {
    MirrorRule mirror{text(table, "location")};
    if (mirror.location.empty()) refuse(table.source(), "a mirror has no `location`");
    const auto from = text(table, "pull-from-mirror");
    if (from != "" && from != "all" && from != "digest-only" && from != "tag-only")
      refuse(table.source(),
             fmt::format("`pull-from-mirror` {} is none of all, digest-only, tag-only", shown(from)));
    if (!from.empty() && by_digest_only == true)
      refuse(table.source(), "`pull-from-mirror` and `mirror-by-digest-only` contradict each other");
    mirror.for_tags = from == "all" || from == "tag-only" || (from.empty() && by_digest_only == false);
    mirror.for_digests = from != "tag-only";
    mirror.insecure = flag(table, "insecure").value_or(false);
    return mirror;
  }

  std::string_view what_;
};

std::vector<fs::path> conf_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".conf") files.push_back(at->path());
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
    throw Error(ErrorKind::usage, fmt::format("reading the folder {}: {}",
                                              escaped(folder.native(), false, 4096), error.message()));
  std::sort(files.begin(), files.end());
  return files;
}

// False when there is no such file.
bool add_file(const fs::path& file, std::vector<RegistryRule>& rules) {
  const auto text = read_file_if_present(file, registries_file_limit);
  if (!text) return false;
  for (auto& rule : parse_registries_conf(*text, escaped(file.native(), false, 4096))) {
    const auto same = std::find_if(rules.begin(), rules.end(),
                                   [&](const RegistryRule& other) { return other.prefix == rule.prefix; });
    if (same == rules.end())
      rules.push_back(std::move(rule));
    else
      *same = std::move(rule);
  }
  return true;
}

std::vector<RegistryRule> read_rules(const RegistriesOptions& options) {
  std::vector<RegistryRule> rules;
  const bool found = std::any_of(options.files.begin(), options.files.end(),
                                 [&](const fs::path& file) { return add_file(file, rules); });
  if (options.named && !found)
    throw Error(ErrorKind::not_found,
                fmt::format("there is no file {}", escaped(options.files.front().native(), false, 4096)));
  for (const auto& folder : options.folders)
    for (const auto& file : conf_files(folder)) add_file(file, rules);
  return rules;
}

// How much of the reference the prefix covers, 0 for nothing. *.DOMAIN covers any host below DOMAIN, and
// nothing of the path.
std::size_t covered(const std::string& prefix, const Reference& reference, const std::string& text) {
  if (prefix.starts_with("*.")) {
    const auto domain = std::string_view(prefix).substr(1);
    const auto name = std::string_view(reference.host).substr(0, reference.host.find(':'));
    return name.size() > domain.size() && name.ends_with(domain) ? reference.host.size() : 0;
  }
  if (!text.starts_with(prefix)) return 0;
  const bool whole = text.size() == prefix.size() ||
                     std::string_view("/:@").find(text[prefix.size()]) != std::string_view::npos;
  return whole && prefix.size() >= reference.host.size() ? prefix.size() : 0;
}

// The reference with `location` in the place of what its prefix covers.
Reference rewritten(const Reference& reference, std::size_t length, const std::string& location) {
  const auto text = location + reference.text().substr(length);
  return in_context([&] { return fmt::format("the location {} in registries.conf", shown(location)); },
                    [&] {
                      auto result = Reference::parse(text);
                      if (result.host != text.substr(0, text.find('/')))
                        throw Error(ErrorKind::usage, "it does not begin with a registry's HOST[:PORT]");
                      return result;
                    });
}

}  // namespace

std::vector<RegistryRule> parse_registries_conf(std::string_view text, std::string_view what) {
  return RegistriesReader(what).read(text);
}

const RegistryRule* RegistriesConf::find(const Reference& reference) {
  const std::lock_guard lock(mutex_);
  if (!rules_) rules_ = read_rules(options_);
  const auto text = reference.text();
  const RegistryRule* best = nullptr;
  for (const auto& rule : *rules_)
    if (covered(rule.prefix, reference, text) > 0 &&
        (best == nullptr || rule.prefix.size() > best->prefix.size()))
      best = &rule;
  if (best != nullptr && best->blocked)
    throw Error(ErrorKind::policy,
                fmt::format("{} is blocked by registries.conf ({})", reference.name(), shown(best->prefix)));
  return best;
}

PullPlan RegistriesConf::pull(const Reference& reference) {
  PullPlan plan{{}, reference, false};
  const auto* const rule = find(reference);
  if (rule == nullptr) return plan;
  const auto length = covered(rule->prefix, reference, reference.text());
  for (const auto& mirror : rule->mirrors)
    plan.mirrors.push_back({rewritten(reference, length, mirror.location), mirror.for_tags,
                            mirror.for_digests, mirror.insecure});
  plan.insecure = rule->insecure;
  if (!rule->location.empty()) plan.origin = rewritten(reference, length, rule->location);
  return plan;
}

bool RegistriesConf::push(const Reference& reference) {
  const auto* const rule = find(reference);
  return rule != nullptr && rule->insecure;
}

}  // namespace whittle::registry
