#include "optimizer/reproduction.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/text.hpp"
#include "comparison/image_difference.hpp"
#include "evidence/attachment.hpp"
#include "evidence/provenance.hpp"
#include "optimizer/record_difference.hpp"

namespace whittle::optimizer {
namespace {

// The order in which they are taken away. Without an empty cache what was built before is found again,
// whatever the other circumstances; and a copy of the sources, which other times need, lies in another
// folder.
constexpr std::array order = {Perturbation::cache,      Perturbation::folder,     Perturbation::file_order,
                              Perturbation::file_times, Perturbation::processors, Perturbation::umask,
                              Perturbation::home,       Perturbation::locale,     Perturbation::time_zone,
                              Perturbation::host,       Perturbation::user,       Perturbation::clock};

std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n')
      line += ' ';
    else if (c != ' ' || !line.ends_with(' '))
      line += c;
  }
  return line;
}

class Reproducer {
 public:
  Reproducer(const Original& original, const RebuildPlan& plan, Rebuilder& rebuilder, const OpenLayout& open,
             std::filesystem::path scratch, const std::stop_token& stop)
      : original_(original),
        plan_(plan),
        rebuilder_(rebuilder),
        open_(open),
        scratch_(std::move(scratch)),
        stop_(stop) {}

  Reproduction run(const Perturbations& wanted) {
    Reproduction result;
    result.remarks = plan_.remarks;
    result.circumstances = rebuilder_.possible(wanted);
    result.not_checked = rebuilder_.refused();
    auto changed = changed_sources(original_.record.sources, plan_.root);
    std::erase(changed, plan_.lock_file.native());  // the recorded one is used
    const auto rebuilt = build(changed, result);
    if (!rebuilt) return result;
    result.rebuilt = compared(*rebuilt);
    result.equal = is_equal(*rebuilt);
    if (result.equal) {
      if (!changed.empty())
        result.remarks.push_back(fmt::format("{}, without effect", modified_since(changed)));
      for (const auto& line : plan_.other_compilers) result.remarks.push_back(line + ", without effect");
      return result;
    }
    if (!changed.empty() && original_.record.sources.revision)
      result.remarks.push_back(fmt::format("--revision builds the recorded commit {}",
                                           escaped(*original_.record.sources.revision)));
    find_cause(*rebuilt, changed, result);
    return result;
  }

 private:
  static bool is_of_sources(const Error& error) {
    return error.kind() == ErrorKind::spec || error.kind() == ErrorKind::toolchain ||
           error.kind() == ErrorKind::policy;
  }

  // Nothing when the sources have changed and no longer build: that is the cause. A spec that no longer goes
  // with the recorded lock may go with the one at hand, and then what that gives says more.
  std::optional<Rebuilt> build(const std::vector<std::string>& changed, Reproduction& result) {
    try {
      return rebuilder_.run(result.circumstances);
    } catch (const Error& error) {
      if (changed.empty() || !is_of_sources(error)) throw;
      result.causes = {modified_since(changed), on_one_line(error.message())};
    }
    if (plan_.lock_at_hand.empty()) return std::nullopt;
    try {
      auto rebuilt = rebuilder_.run(result.circumstances, plan_.lock_at_hand);
      result.causes.clear();
      return rebuilt;
    } catch (const Error& error) {
      if (!is_of_sources(error)) throw;
      return std::nullopt;
    }
  }

  // The platform that was asked for, else the root.
  Digest compared(const Rebuilt& rebuilt) const {
    if (!original_.platform) return rebuilt.root;
    const auto found = rebuilt.manifests.find(plan_.platforms.front().text());
    if (found == rebuilt.manifests.end())
      throw Error(ErrorKind::internal, "a rebuild without the platform that it is about");
    return found->second;
  }
  Digest expected() const {
    if (!original_.platform) return original_.root.digest;
    for (const auto& built : original_.record.platforms)
      if (built.platform == plan_.platforms.front()) return built.manifest.digest;
    return original_.root.digest;
  }
  bool is_equal(const Rebuilt& rebuilt) const { return compared(rebuilt) == expected(); }

  void find_cause(const Rebuilt& perturbed, const std::vector<std::string>& changed, Reproduction& result) {
    result.causes = plan_.other_compilers;
    if (changed.empty() && result.causes.empty() && !result.circumstances.empty() &&
        is_equal(rebuilder_.run({}))) {
      result.culprit = bisect(result.circumstances);
      result.causes.emplace_back(is_random(*result.culprit)
                                     ? "builds under equal circumstances differ: something in it is random"
                                     : info_of(*result.culprit).cause);
    } else {
      for (auto& line : differences_of_records(perturbed, changed)) result.causes.push_back(std::move(line));
    }
    for (auto& line : differences_of_images(perturbed)) result.causes.push_back(std::move(line));
    if (result.causes.empty()) result.causes.emplace_back("no cause was found");
  }

  // The first of them, in their order, with which a build differs that did not without it.
  Perturbation bisect(const Perturbations& circumstances) {
    std::vector<Perturbation> all;
    for (const auto one : order)
      if (circumstances.contains(one)) all.push_back(one);
    std::size_t equal = 0;               // with so many of them it is equal
    std::size_t different = all.size();  // with so many it is not
    while (different - equal > 1) {
      const auto middle = equal + (different - equal) / 2;
      const Perturbations some(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(middle));
      (is_equal(rebuilder_.run(some)) ? equal : different) = middle;
    }
    return all[different - 1];
  }

  // With an empty cache alone nothing is changed but that everything is done again.
  bool is_random(Perturbation culprit) {
    if (culprit != Perturbation::cache) return false;
    return rebuilder_.run({Perturbation::cache}).root != rebuilder_.run({Perturbation::cache}).root;
  }

  // The lock that counts is in the record itself; the file may have been written in another form.
  evidence::BuildRecord without_lock_file(evidence::BuildRecord record) const {
    record.sources.files.erase(plan_.lock_file.native());
    return record;
  }

  std::vector<std::string> differences_of_records(const Rebuilt& rebuilt,
                                                  const std::vector<std::string>& changed) {
    const auto source = open_(rebuilt.layout);
    for (const auto& statement : evidence::attached_statements(*source, rebuilt.root))
      if (statement.predicate_type == evidence::provenance_type)
        return record_differences(
            without_lock_file(original_.record),
            without_lock_file(evidence::record_of(statement, "the rebuild's provenance")));
    if (changed.empty()) return {};
    return {modified_since(changed)};
  }

  std::vector<std::string> differences_of_images(const Rebuilt& rebuilt) {
    comparison::DifferenceOptions options;
    options.platform = original_.platform;
    options.scratch = scratch_;
    options.stop = stop_;
    const auto source = open_(rebuilt.layout);
    const auto difference = comparison::compare_images(original_.source, *source, options);
    std::vector<std::string> lines;
    for (const auto& cause : difference.causes) lines.push_back(cause.text);
    if (lines.empty() && !difference.findings.empty()) {
      const auto& first = difference.findings.kept().front();
      std::vector<std::string> where;
      for (const auto& part : first.where) where.push_back(escaped(part));
      lines.push_back(fmt::format("first difference: {}: {}", fmt::join(where, ": "), first.aspect));
    }
    return lines;
  }

  const Original& original_;
  const RebuildPlan& plan_;
  Rebuilder& rebuilder_;
  const OpenLayout& open_;
  std::filesystem::path scratch_;
  const std::stop_token& stop_;
};

}  // namespace

std::string Reproduction::summary() const {
  std::string unchecked;
  for (const auto& [perturbation, why] : not_checked)
    unchecked += fmt::format("; {} not checked: {}", name_of(perturbation), why);
  if (!equal) {
    const auto shown_causes = std::vector<std::string>(
        causes.begin(),
        causes.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(causes.size(), 3)));
    return fmt::format("not reproducible: {}{}", fmt::join(shown_causes, "; "), unchecked);
  }
  if (circumstances.empty()) return fmt::format("reproducible: the same digest{}", unchecked);
  return fmt::format("reproducible: the same digest under {} other circumstances ({}){}",
                     circumstances.size(), listed(circumstances), unchecked);
}

Reproduction reproduce(const Original& original, const RebuildPlan& plan, Rebuilder& rebuilder,
                       const Perturbations& wanted, const OpenLayout& open,
                       const std::filesystem::path& scratch, const std::stop_token& stop) {
  return Reproducer(original, plan, rebuilder, open, scratch, stop).run(wanted);
}

Json to_json(const Reproduction& reproduction) {
  Json checked = Json::array();
  for (const auto one : reproduction.circumstances) checked.push_back(name_of(one));
  std::sort(checked.begin(), checked.end());
  Json not_checked = Json::object();
  for (const auto& [one, why] : reproduction.not_checked)
    not_checked[std::string(name_of(one))] = as_utf8(why);
  Json causes = Json::array();
  for (const auto& cause : reproduction.causes) causes.push_back(as_utf8(cause));
  Json remarks = Json::array();
  for (const auto& remark : reproduction.remarks) remarks.push_back(as_utf8(remark));
  Json json = {{"equal", reproduction.equal},
               {"digest", reproduction.rebuilt.text()},
               {"circumstances", checked},
               {"notChecked", not_checked},
               {"causes", causes},
               {"remarks", remarks}};
  if (reproduction.culprit) json["dependsOn"] = name_of(*reproduction.culprit);
  return json;
}

}  // namespace whittle::optimizer
