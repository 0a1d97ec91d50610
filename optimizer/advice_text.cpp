#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "common/text.hpp"
#include "optimizer/advice.hpp"

namespace whittle::optimizer {
namespace {

constexpr std::size_t longest_cause_name = 100;

class AdviceText {
 public:
  AdviceText(const AdvisedImage& image, const AdviceStyle& style) : image_(image), style_(style) {}

  std::string run() {
    text_ = fmt::format("{}  {}: {} compressed, {} of it in layers of its own\n", bold(escaped(image_.name)),
                        image_.platform, human_size(image_.compressed), human_size(image_.own.compressed));
    if (image_.advice.empty())
      text_ += "  nothing was found that would make it smaller\n";
    else
      text_ += fmt::format("\n  {:>10} {:>7}  change\n", "saves", "share");
    for (const auto& advice : image_.advice) add(advice);
    add_rest();
    return std::move(text_);
  }

 private:
  std::string bold(const std::string& text) const {
    return style_.color ? fmt::format("\x1b[1m{}\x1b[0m", text) : text;
  }

  void line(const std::string& text) { text_ += fmt::format("  {:>10} {:>7}    {}\n", "", "", text); }

  void add(const Advice& advice) {
    text_ += fmt::format("  {:>10} {:>5.1f} %  {}{}{}\n", human_size(advice.saved.compressed), share(advice),
                         bold(advice.change), remark(advice), advice.edits.empty() ? "" : "  [--apply]");
    for (const auto& cause : advice.causes) add(cause, advice);
    if (advice.more_causes > 0) line(fmt::format("and {} more", advice.more_causes));
    if (!advice.price.empty()) line("price: " + advice.price);
  }

  double share(const Advice& advice) const {
    if (image_.own.compressed == 0) return 0;
    return 100.0 * static_cast<double>(advice.saved.compressed) / static_cast<double>(image_.own.compressed);
  }

  static std::string_view remark(const Advice& advice) {
    if (advice.measure == Advice::Measure::counted) return ", counted";
    const bool is_emptied =
        advice.measure == Advice::Measure::tried && advice.kind != Advice::Kind::dead_code;
    return is_emptied ? ", about" : "";
  }

  // What imports bring is named by the advice itself.
  void add(const AdviceCause& cause, const Advice& advice) {
    std::string text;
    if (advice.kind != Advice::Kind::import) {
      text = escaped(cause.name, false, longest_cause_name);
      if (cause.size.compressed > 0) text += fmt::format("  {}", human_size(cause.size.compressed));
      if (!cause.remark.empty()) text += ", " + cause.remark;
      line(text);
    }
    if (cause.chain_text.empty()) return;
    text = (text.empty() ? "" : "  ") + cause.chain_text;
    if (advice.kind == Advice::Kind::import && !cause.remark.empty()) text += ", with " + cause.remark;
    line(text);
  }

  void add_rest() {
    text_ += "\n";
    if (image_.together)
      text_ += fmt::format("  [--apply] {}: {} less together\n",
                           style_.applied ? "was written to the spec" : "writes these to the spec",
                           human_size(image_.together->compressed));
    if (image_.too_small > 0)
      text_ += fmt::format("  {} more would save less than 16 KiB and less than 1 %\n", image_.too_small);
    if (std::any_of(image_.advice.begin(), image_.advice.end(),
                    [](const Advice& one) { return remark(one) == ", about"; }))
      text_ +=
          "  about: measured with packages in place that do nothing; counted: what these parts take now\n";
    for (const auto& why : image_.failed) text_ += fmt::format("  not measured: {}\n", why);
  }

  const AdvisedImage& image_;
  const AdviceStyle& style_;
  std::string text_ = {};
};

}  // namespace

std::string text_of(const AdvisedImage& image, const AdviceStyle& style) {
  return AdviceText(image, style).run();
}

}  // namespace whittle::optimizer
