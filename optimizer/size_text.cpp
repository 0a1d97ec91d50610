#include "optimizer/size_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "common/text.hpp"
#include "optimizer/layer_names.hpp"

namespace whittle::optimizer {
namespace {

constexpr std::size_t most_listed_rows = 8;  // of each list
constexpr std::size_t longest_change_name = 200;
constexpr std::size_t longest_place = 1'000;

std::string after_colon(const std::string& text) {
  return text.empty() ? std::string() : ": " + text;
}

class SizeText {
 public:
  explicit SizeText(const ComparedImage& image) : image_(image) {}

  std::string run() {
    for (const auto& platform : image_.platforms)
      for (const auto& state : platform.limits)
        if (state.is_broken()) broken(platform, state);
    if (!image_.not_read.empty())
      line(0, image_.has_before() ? image_.not_read : "what grew is not known: " + image_.not_read);
    for (const auto& platform : image_.platforms)
      if (platform.is_broken() && platform.before) growth(platform);
    return std::move(text_);
  }

 private:
  void line(std::size_t depth, const std::string& text) {
    text_ += fmt::format("\n    {:{}}{}", "", 2 * depth, text);
  }

  // An image has several platforms, or nobody asks which.
  std::string of(const ComparedPlatform& platform) const {
    return image_.platforms.size() > 1 ? platform.platform.text() + ": " : std::string();
  }

  void broken(const ComparedPlatform& platform, const LimitState& state) {
    const auto chain = state.part == LimitState::Part::module    ? platform.chain_to_module(state.name)
                       : state.part == LimitState::Part::package ? platform.chain_to_package(state.name)
                                                                 : std::string();
    line(0, fmt::format("{}{} has {}, {} above its limit of {} ({})", of(platform), description_of(state),
                        human_size(*state.bytes), human_size(state.excess()), state.limit.written,
                        state.limit.where.text()));
    if (!chain.empty()) line(1, fmt::format("imported by {}", chain));
    if (state.part == LimitState::Part::image) impossible(platform, state.limit.bytes);
  }

  // No change of a program can help where others take all there is.
  void impossible(const ComparedPlatform& platform, std::uint64_t limit) {
    std::uint64_t base = 0;
    for (const auto& [name, bytes] : platform.now.layers)
      if (is_of_base(name)) base += bytes;
    if (base > limit) line(1, fmt::format("its base alone has {}", human_size(base)));
  }

  void growth(const ComparedPlatform& platform) {
    const auto& before = *platform.before;
    const auto whole =
        static_cast<std::int64_t>(platform.now.image) - static_cast<std::int64_t>(before.image);
    line(0, fmt::format("{}since {}: {}, compressed", of(platform),
                        escaped(image_.against, false, longest_place),
                        whole == 0 ? "unchanged" : signed_size(whole)));
    const auto imports = platform.new_imports();
    list(
        "new in the program, by import", imports.size(),
        [&](std::size_t i) {
          return fmt::format(
              "{}{}", imports[i].chain,
              imports[i].packages > 1 ? fmt::format(" ({} packages)", imports[i].packages) : "");
        },
        [&](std::size_t i) { return static_cast<std::int64_t>(imports[i].bytes); });
    grown("modules that grew", changes_between(platform.now.modules, before.modules),
          [&](const SizeChange& module) {
            return module.is_new() ? ", new" + after_colon(platform.chain_to_module(module.name))
                                   : std::string();
          });
    grown("packages that grew", changes_between(platform.now.packages, before.packages), is_new);
    grown("files that grew", changes_between(platform.now.files, before.files), is_new);
  }

  static std::string is_new(const SizeChange& change) { return change.is_new() ? ", new" : ""; }

  void grown(std::string_view title, const std::vector<SizeChange>& changes,
             const std::function<std::string(const SizeChange&)>& remark) {
    list(
        title, changes.size(),
        [&](std::size_t i) {
          return escaped(changes[i].name, false, longest_change_name) + remark(changes[i]);
        },
        [&](std::size_t i) { return changes[i].bytes(); });
  }

  // Rows sorted by their bytes, the largest first.
  void list(std::string_view title, std::size_t rows, const std::function<std::string(std::size_t)>& text,
            const std::function<std::int64_t(std::size_t)>& bytes) {
    std::size_t large = 0;
    while (large < rows && bytes(large) >= smallest_change) ++large;
    if (large == 0) return;
    line(1, std::string(title));
    for (std::size_t i = 0; i < std::min(large, most_listed_rows); ++i)
      line(2, fmt::format("{:>9}  {}", signed_size(bytes(i)), text(i)));
    if (large > most_listed_rows) line(2, fmt::format("{:>9}  and {} more", "", large - most_listed_rows));
  }

  const ComparedImage& image_;
  std::string text_ = {};
};

}  // namespace

std::string text_of(const ComparedImage& image) {
  return SizeText(image).run();
}

}  // namespace whittle::optimizer
