#include "slimming/file_reports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "common/text.hpp"
#include "layers/image_path.hpp"
#include "slimming/origin_set.hpp"

namespace whittle::slimming {
namespace {

using Action = FileReport::Action;
using Origin = layers::MergedEntry::Origin;

bool is_whiteout(std::string_view path) {
  return layers::name_of_path(path).starts_with(".wh.");
}

class Reporting {
 public:
  Reporting(const SourceImage& image, const Selection& selection, const Symbols& symbols,
            const LayerPlan& plan, bool is_list_wanted)
      : image_(image),
        selection_(selection),
        symbols_(symbols),
        plan_(plan),
        is_list_wanted_(is_list_wanted) {
    for (const auto& layer : image.layers) seen_.emplace_back(layer.entries.size() + 1, false);
    for (const auto& layer : plan.layers)
      for (auto i = layer.first; i <= layer.last; ++i) stays_.push_back(layer.stays);
    for (const auto& [path, merged] : image.tree.entries())
      if (selection.keeps(path)) used_.insert(merged.origin);
  }

  FileReports run() {
    for (const auto& [path, merged] : image_.tree.entries()) add_seen(path, merged);
    for (std::size_t i = 0; i < image_.layers.size(); ++i) {
      const auto& entries = image_.layers[i].entries;
      for (std::size_t number = 1; number <= entries.size(); ++number)
        if (!seen_[i][number]) add_hidden(entries[number - 1], i, number);
    }
    std::sort(result_.files.begin(), result_.files.end(), [](const FileReport& a, const FileReport& b) {
      return std::tie(a.path, a.layer) < std::tie(b.path, b.layer);
    });
    return std::move(result_);
  }

 private:
  const SourceEntry& entry_of(const Origin& origin) const {
    return image_.layers[origin.layer].entries[static_cast<std::size_t>(origin.number - 1)];
  }

  void add_seen(const std::string& path, const layers::MergedEntry& merged) {
    seen_[merged.layer][static_cast<std::size_t>(merged.entry.number)] = true;
    const auto& entry = merged.entry;
    const bool is_file = entry.is_file() || entry.type == '1';
    const bool is_first_name = is_file && named_.insert(merged.origin);
    FileReport report{path, merged.layer, Action::keep, {}, {}, is_first_name ? entry.size : 0};
    if (const auto* decision = selection_.find(path)) {
      report.rule = decision->rule;
      report.reason = decision->reason;
      if (decision->action == Decision::Action::drop &&
          !(decision->rule == "estargz" && stays_[merged.layer])) {
        report.action = Action::drop;
        // What is still there under another name is not gone.
        if (is_file && is_first_name && !used_.contains(merged.origin))
          add_saved(entry.size, merged.origin, report);
      }
    }
    if (report.action == Action::keep && is_file) add_change(path, merged, report);
    if (report.action != Action::keep || !entry.is_directory()) add(std::move(report));
  }

  void add(FileReport report) {
    if (report.action != Action::keep) {
      auto& rule = result_.rules[report.rule];
      ++rule.files;
      rule.saved += report.saved;
      rule.compressed += report.compressed;
    }
    if (is_list_wanted_) result_.files.push_back(std::move(report));
  }

  void add_saved(std::uint64_t bytes, const Origin& origin, FileReport& report) const {
    report.saved = bytes;
    report.compressed = entry_of(origin).compressed;
  }

  void add_change(const std::string& path, const layers::MergedEntry& merged, FileReport& report) const {
    if (const auto linked = plan_.linked.find(path); linked != plan_.linked.end()) {
      report.action = Action::link;
      report.rule = "duplicates";
      tell(fmt::format("the same bytes as {}", shown("/" + std::string(linked->second))), report);
      add_saved(merged.entry.size, merged.origin, report);
      return;
    }
    if (const auto stripped = symbols_.stripped.find(merged.origin); stripped != symbols_.stripped.end()) {
      report.action = Action::strip;
      report.rule = "symbols";
      tell(fmt::format("without {}", sections_of(stripped->second)), report);
      if (report.size > 0) report.saved = merged.entry.size - stripped->second.size;
    } else if (const auto refused = symbols_.refused.find(path); refused != symbols_.refused.end()) {
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
  void add_hidden(const SourceEntry& entry, std::size_t layer, std::uint64_t number) {
    if (is_whiteout(entry.path)) return;
    const auto now = image_.tree.entries().find(entry.path);
    const bool is_there = now != image_.tree.entries().end();
    if (entry.type == '5' && is_there && now->second.entry.is_directory()) return;  // stated again
    FileReport report{std::string(entry.path),    layer,     Action::drop, "hidden",
                      "a later layer deletes it", entry.size};
    if (is_there) report.reason = fmt::format("layer {} has another one", now->second.layer + 1);
    if (!used_.contains({layer, number})) add_saved(entry.size, {layer, number}, report);
    add(std::move(report));
  }

  const SourceImage& image_;
  const Selection& selection_;
  const Symbols& symbols_;
  const LayerPlan& plan_;
  std::vector<std::vector<bool>> seen_ = {};  // by layer and number
  std::vector<bool> stays_ = {};              // by layer
  bool is_list_wanted_;
  OriginSet used_ = {};
  OriginSet named_ = {};
  FileReports result_ = {};
};

}  // namespace

FileReports report_files(const SourceImage& image, const Selection& selection, const Symbols& symbols,
                         const LayerPlan& plan, bool is_list_wanted) {
  return Reporting(image, selection, symbols, plan, is_list_wanted).run();
}

}  // namespace whittle::slimming
