#include "comparison/difference_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "common/text.hpp"
#include "comparison/finding_tree.hpp"

namespace whittle::comparison {
namespace {

constexpr std::size_t longest_value = 120;

class Writer {
 public:
  explicit Writer(bool color) : color_(color) {}

  void header(const ImageDifference& difference, const std::string& a, const std::string& b) {
    const auto width = std::min<std::size_t>(std::max(a.size(), b.size()), 60);
    const auto line = [&](char side, const std::string& place, const layers::Descriptor& root) {
      text_ += fmt::format("{}  {:<{}}  {}\n", side, escaped(place, false, 1000), width, root.digest.text());
    };
    line('A', a, difference.root_a);
    line('B', b, difference.root_b);
  }

  void causes(const std::vector<Cause>& causes) {
    text_ += fmt::format("\n{}\n", bold("why"));
    for (const auto& cause : causes)
      text_ += fmt::format("  {}{}\n", cause.text,
                           cause.explains > 1 ? dim(fmt::format("  ({} findings)", cause.explains)) : "");
  }

  void layers(const std::vector<ComparedLayer>& layers) {
    if (layers.empty()) return;
    text_ += fmt::format("\n{}\n", bold("layers"));
    text_ += fmt::format("  {:<3} {:>10}   {:<3} {:>10}  state\n", "A", "size", "B", "size");
    std::string platform;
    const bool several = std::any_of(layers.begin(), layers.end(),
                                     [&](const auto& x) { return x.platform != layers[0].platform; });
    for (const auto& layer : layers) {
      if (several && layer.platform != platform)
        text_ += fmt::format("  {}\n", escaped(platform = layer.platform));
      const auto number = [](const auto& index) {
        return index ? fmt::format("{}", *index + 1) : std::string("-");
      };
      const auto size = [](const auto& descriptor) {
        return descriptor ? human_size(descriptor->size) : std::string("-");
      };
      text_ += fmt::format("  {:<3} {:>10}   {:<3} {:>10}  {}\n", number(layer.index_a), size(layer.a),
                           number(layer.index_b), size(layer.b), name_of(layer.state));
    }
  }

  void findings(const Findings& findings) {
    text_ += fmt::format("\n{}\n", bold("what"));
    write(FindingTree(findings), 1);
    std::map<std::string, std::uint64_t> kept;
    for (const auto& finding : findings.kept()) ++kept[finding.aspect];
    for (const auto& [aspect, count] : kept)
      if (const auto all = findings.count(aspect); all > count)
        text_ += fmt::format("  and {} more of {}\n", all - count, aspect);
  }

  std::string take() { return std::move(text_); }

 private:
  std::string bold(std::string_view text) const {
    return color_ ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
  }
  std::string dim(std::string_view text) const {
    return color_ ? fmt::format("\x1b[2m{}\x1b[0m", text) : std::string(text);
  }
  std::string left(std::string_view text) const {
    return color_ ? fmt::format("\x1b[31m{}\x1b[0m", text) : std::string(text);
  }
  std::string right(std::string_view text) const {
    return color_ ? fmt::format("\x1b[32m{}\x1b[0m", text) : std::string(text);
  }

  // A place that holds nothing but another is written on one line with it.
  void write(const FindingTree& tree, std::size_t depth) {
    for (const auto* finding : tree.findings) write(*finding, "", depth);
    for (const auto& place : tree.below) {
      if (place->below.empty() && place->findings.size() == 1) {
        write(*place->findings[0], escaped(place->step), depth);
        continue;
      }
      text_ += fmt::format("{:{}}{}\n", "", depth * 2, escaped(place->step));
      write(*place, depth + 1);
    }
  }

  void write(const Finding& finding, const std::string& place, std::size_t depth) {
    constexpr std::size_t column = 28;
    const auto name = place.empty() ? finding.aspect : fmt::format("{}  {}", place, finding.aspect);
    text_ += fmt::format("{:{}}{:<{}}  ", "", depth * 2, name, column);
    const auto value = [](const std::string& text) { return escaped(text, false, longest_value); };
    if (finding.a && finding.b)
      text_ += fmt::format("{} → {}", left(value(*finding.a)), right(value(*finding.b)));
    else if (finding.a)
      text_ += fmt::format("only in A: {}", left(value(*finding.a)));
    else if (finding.b)
      text_ += fmt::format("only in B: {}", right(value(*finding.b)));
    if (!finding.note.empty())
      text_ += fmt::format("{}{}", finding.a || finding.b ? "  " : "", dim(escaped(finding.note)));
    text_ += '\n';
  }

  bool color_;
  std::string text_;
};

}  // namespace

std::string text_of(const ImageDifference& difference, const std::string& a, const std::string& b,
                    bool color) {
  Writer writer(color);
  writer.header(difference, a, b);
  if (difference.equal()) return writer.take() + "equal\n";
  writer.causes(difference.causes);
  writer.layers(difference.layers);
  writer.findings(difference.findings);
  return writer.take();
}

}  // namespace whittle::comparison
