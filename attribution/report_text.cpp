#include "attribution/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "common/text.hpp"

namespace whittle::attribution {
namespace {

constexpr std::size_t bar_width = 16;
constexpr std::size_t longest_listed_name = 100;
constexpr std::size_t most_programs = 5;

// In eighths: the left blocks of Unicode, from one eighth to seven.
std::string bar(std::uint64_t part, std::uint64_t whole, bool unicode) {
  static constexpr std::string_view partial[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths =
      whole == 0
          ? 0
          : static_cast<std::size_t>(static_cast<double>(part) / static_cast<double>(whole) * bar_width * 8);
  const auto full = std::min(eighths / 8, bar_width);
  std::string text;
  for (std::size_t i = 0; i < full; ++i) text += unicode ? "█" : "#";
  if (full == bar_width) return text;
  const auto rest = unicode ? eighths % 8 : 0;
  text += partial[rest];
  text.append(bar_width - full - (rest > 0 ? 1 : 0), ' ');
  return text;
}

struct Row {
  std::string name;
  Size size;
};

std::vector<Row> sorted(const std::map<std::string, Size>& sizes) {
  std::vector<Row> rows;
  for (const auto& [name, size] : sizes) rows.push_back({name, size});
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::tie(b.size.compressed, b.size.raw) < std::tie(a.size.compressed, a.size.raw);
  });
  return rows;
}

class Text {
 public:
  Text(const std::vector<Node>& tree, const TextStyle& style) : tree_(tree), style_(style) {
    for (const auto& layer : tree) whole_ += layer.size;
  }

  std::string run(const std::optional<Waste>& waste) {
    const auto files = all_files();
    title("files");
    list(files, whole_.compressed);
    if (style_.by != TextStyle::By::layer) programs();
    if (waste) add(*waste);
    return std::move(text_);
  }

 private:
  void title(std::string_view name) {
    text_ += style_.color ? fmt::format("\n  \x1b[1m{}\x1b[0m\n", name) : fmt::format("\n  {}\n", name);
  }
  double percent(std::uint64_t part) const {
    return whole_.compressed == 0
               ? 0
               : 100.0 * static_cast<double>(part) / static_cast<double>(whole_.compressed);
  }

  void row(const Size& size, std::uint64_t of, std::string_view name) {
    auto picture = bar(size.compressed, of, style_.unicode);
    if (style_.color) picture = fmt::format("\x1b[36m{}\x1b[0m", picture);
    text_ += fmt::format("  {:>12} {:>12}  {:>5.1f}%  {}  {}\n", human_size(size.compressed),
                         human_size(size.raw), percent(size.compressed), picture, name);
  }

  void list(const std::vector<Row>& rows, std::uint64_t of) {
    const auto shown = std::min(rows.size(), style_.top);
    for (std::size_t i = 0; i < shown; ++i)
      row(rows[i].size, of, escaped(rows[i].name, false, longest_listed_name));
    Size rest;
    for (std::size_t i = shown; i < rows.size(); ++i) rest += rows[i].size;
    if (shown < rows.size()) row(rest, of, fmt::format("{} more", rows.size() - shown));
  }

  std::vector<Row> all_files() const {
    std::vector<Row> rows;
    const auto by_size = [](const Row& a, const Row& b) {
      return std::tie(b.size.compressed, b.size.raw, a.name) <
             std::tie(a.size.compressed, a.size.raw, b.name);
    };
    for (std::size_t i = 0; i < tree_.size(); ++i)
      for (const auto& node : tree_[i].children) {
        auto name = shown_name(node.kind, node.name);
        if (tree_.size() > 1) name += fmt::format("  (layer {})", i + 1);
        rows.push_back({std::move(name), node.size});
      }
    std::stable_sort(rows.begin(), rows.end(), by_size);
    return rows;
  }

  static bool has_modules(const Node& file) {
    return std::any_of(file.children.begin(), file.children.end(), [](const Node& section) {
      return std::any_of(section.children.begin(), section.children.end(),
                         [](const Node& node) { return node.kind == Node::Kind::module; });
    });
  }

  // The Go programs with the most compressed bytes.
  void programs() {
    std::vector<const Node*> found;
    for (const auto& layer : tree_)
      for (const auto& file : layer.children)
        if (has_modules(file)) found.push_back(&file);
    std::stable_sort(found.begin(), found.end(),
                     [](const Node* a, const Node* b) { return a->size.compressed > b->size.compressed; });
    for (std::size_t i = 0; i < std::min(found.size(), most_programs); ++i) {
      title(fmt::format("/{} by {}", escaped(found[i]->name, false, longest_listed_name), name_of_way()));
      list(sorted(parts_of(*found[i])), found[i]->size.compressed);
    }
    if (found.size() > most_programs)
      text_ += fmt::format("\n  and {} more Go programs\n", found.size() - most_programs);
  }

  std::string_view name_of_way() const {
    if (style_.by == TextStyle::By::section) return "section";
    return style_.by == TextStyle::By::package ? "package" : "module";
  }

  // What belongs to no module goes by its section.
  std::map<std::string, Size> parts_of(const Node& file) const {
    std::map<std::string, Size> parts;
    for (const auto& section : file.children) {
      if (style_.by == TextStyle::By::section || section.children.empty()) {
        parts[section.name] += section.size;
        continue;
      }
      for (const auto& node : section.children) {
        if (node.kind != Node::Kind::module)
          parts[fmt::format("{}: {}", section.name, node.name)] += node.size;
        else if (style_.by == TextStyle::By::module || node.children.empty())
          parts[node.name] += node.size;
        else
          for (const auto& package : node.children) parts[package.name] += package.size;
      }
    }
    return parts;
  }

  void add(const Waste& waste) {
    if (waste.files.empty()) return;
    title(fmt::format("waste: {} compressed, {:.1f}% of the image", human_size(waste.size.compressed),
                      percent(waste.size.compressed)));
    for (const auto reason : waste_reasons)
      if (const auto size = waste.of(reason); size.raw > 0)
        row(size, waste.size.compressed, meaning_of(reason));
    text_ += '\n';
    const auto shown = std::min(waste.files.size(), style_.top);
    for (std::size_t i = 0; i < shown; ++i) {
      const auto& file = waste.files[i];
      text_ += fmt::format("  {:>12} {:>12}  layer {}: /{}{}\n", human_size(file.size.compressed),
                           human_size(file.size.raw), file.layer + 1,
                           escaped(file.path, false, longest_listed_name), why(file));
    }
    if (shown < waste.files.size())
      text_ += fmt::format("  {:>25}  and {} more files\n", "", waste.files.size() - shown);
  }

  static std::string_view meaning_of(WastedFile::Reason reason) {
    switch (reason) {
      case WastedFile::Reason::overwritten:
        return "overwritten by a later layer";
      case WastedFile::Reason::copied:
        return "there again in a later layer with the same bytes";
      case WastedFile::Reason::deleted:
        return "deleted by a later layer";
      case WastedFile::Reason::duplicate:
        return "there at another path as well";
    }
    return "";
  }
  static std::string why(const WastedFile& file) {
    if (!file.other.empty())
      return fmt::format(", the same as /{}", escaped(file.other, false, longest_listed_name));
    if (file.by) return fmt::format(", {} by layer {}", name_of(file.reason), *file.by + 1);
    return ", deleted later";
  }

  const std::vector<Node>& tree_;
  const TextStyle& style_;
  Size whole_ = {};
  std::string text_ = {};
};

}  // namespace

std::string text_of(const std::vector<Node>& tree, const std::optional<Waste>& waste,
                    const TextStyle& style) {
  if (tree.empty()) return {};
  return Text(tree, style).run(waste);
}

}  // namespace whittle::attribution
