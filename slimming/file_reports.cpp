#include "slimming/file_reports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "common/text.hpp"
#include "slimming/origin_set.hpp"

namespace whittle::slimming {
namespace {

using Action = FileReport::Action;
using Entry = layers::MergedEntry;
using Origin = Entry::Origin;

class Reporting {
 public:
  Reporting(const SourceImage& image, const Selection& selection, const Symbols& symbols,
            const LayerPlan& plan, const OnFile& on_file)
      : image_(image), selection_(selection), symbols_(symbols), plan_(plan), on_file_(on_file) {
    for (const auto& layer : plan.layers)
      for (auto i = layer.first; i <= layer.last; ++i) stays_.push_back(layer.stays);
    for (const auto& entry : image.tree.entries())
      if (selection.keeps(entry)) used_.insert(entry.origin());
  }

  std::map<std::string, RuleReport> run() {
    for (const auto* entry : in_order()) entry->is_hidden() ? add_hidden(*entry) : add_seen(*entry);
    return std::move(rules_);
  }

 private:
  // By path, then layer, where somebody is told.
  std::vector<const Entry*> in_order() const {
    std::vector<const Entry*> all;
    for (const auto& entry : image_.tree.entries()) all.push_back(&entry);
    for (const auto& entry : image_.tree.all())
      if (entry.is_hidden()) all.push_back(&entry);
    if (on_file_)
      std::sort(all.begin(), all.end(), [](const Entry* a, const Entry* b) {
        return std::tuple(a->path(), a->place()) < std::tuple(b->path(), b->place());
      });
    return all;
  }

  void add_seen(const Entry& entry) {
    const bool is_first_name = entry.is_file() && named_.insert(entry.origin());
    FileReport report{std::string(entry.path()),       entry.layer(), Action::keep, {}, {},
                      is_first_name ? entry.size() : 0};
    if (const auto* decision = selection_.find(entry)) {
      report.rule = decision->rule;
      report.reason = decision->reason;
      if (decision->action == Decision::Action::drop &&
          !(decision->rule == "estargz" && stays_[entry.layer()])) {
        report.action = Action::drop;
        // What is still there under another name is not gone.
        if (is_first_name && !used_.contains(entry.origin())) add_saved(entry.size(), entry.origin(), report);
      }
    }
    if (report.action == Action::keep && entry.is_file()) add_change(entry, report);
    if (report.action != Action::keep || !entry.is_directory()) add(report);
  }

  void add(const FileReport& report) {
    if (report.action != Action::keep) {
      auto& rule = rules_[report.rule];
      ++rule.files;
      rule.saved += report.saved;
      rule.compressed += report.compressed;
    }
    if (on_file_) on_file_(report);
  }

  void add_saved(std::uint64_t bytes, const Origin& origin, FileReport& report) const {
    report.saved = bytes;
    report.compressed = image_.layers[origin.layer].compressed[static_cast<std::size_t>(origin.number - 1)];
  }

  void add_change(const Entry& entry, FileReport& report) const {
    if (const auto* linked = plan_.linked.find(entry.place())) {
      report.action = Action::link;
      report.rule = "duplicates";
      tell(fmt::format("the same bytes as {}", shown(fmt::format("/{}", linked->path()))), report);
      add_saved(entry.size(), entry.origin(), report);
      return;
    }
    if (const auto stripped = symbols_.stripped.find(entry.origin()); stripped != symbols_.stripped.end()) {
      report.action = Action::strip;
      report.rule = "symbols";
      tell(fmt::format("without {}", sections_of(stripped->second)), report);
      if (report.size > 0) report.saved = entry.size() - stripped->second.size;
    } else if (const auto refused = symbols_.refused.find(entry.path()); refused != symbols_.refused.end()) {
      tell(fmt::format("its symbols stay: {}", refused->second), report);
    }
  }
  // Behind the reason why the file is there at all, if it needs one.
  static void tell(const std::string& what, FileReport& report) {
    report.reason += report.reason.empty() ? what : "; " + what;
  }
  static std::string sections_of(const binaries::StrippedElf& stripped) {
    constexpr std::size_t most = 4;
    std::string text;
    for (std::size_t i = 0; i < stripped.removed.size() && i < most; ++i)
      text += (i == 0 ? "" : ", ") + escaped(stripped.removed[i], false, 40);
    const auto others = stripped.removed.size() - std::min(most, stripped.removed.size());
    return others == 0 ? text : fmt::format("{} and {} more", text, plural(others, "section"));
  }

  // An entry that no container sees: a later one of the same path counts, or a layer deletes it.
  void add_hidden(const Entry& entry) {
    const auto* now = image_.tree.entries().find(entry.path());
    if (entry.is_directory() && now != nullptr && now->is_directory()) return;  // stated again
    const auto size = entry.is_file() && !entry.is_hard_link() ? entry.size() : 0;
    FileReport report{std::string(entry.path()),  entry.layer(), Action::drop, "hidden",
                      "a later layer deletes it", size};
    if (now != nullptr) report.reason = fmt::format("layer {} has another one", now->layer() + 1);
    if (!used_.contains(entry.place())) add_saved(size, entry.place(), report);
    add(report);
  }

  const SourceImage& image_;
  const Selection& selection_;
  const Symbols& symbols_;
  const LayerPlan& plan_;
  std::vector<bool> stays_ = {};  // by layer
  const OnFile& on_file_;
  OriginSet used_ = {};
  OriginSet named_ = {};
  std::map<std::string, RuleReport> rules_ = {};
};

}  // namespace

std::map<std::string, RuleReport> report_files(const SourceImage& image, const Selection& selection,
                                               const Symbols& symbols, const LayerPlan& plan,
                                               const OnFile& on_file) {
  return Reporting(image, selection, symbols, plan, on_file).run();
}

}  // namespace whittle::slimming
