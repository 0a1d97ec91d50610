#include "slimming/report_text.hpp"

#include <fmt/format.h>

#include "common/text.hpp"

namespace whittle::slimming {
namespace {

std::string share(std::uint64_t after, std::uint64_t before) {
  return before == 0 ? std::string() : fmt::format(" ({} %)", (after * 200 / before + 1) / 2);
}

}  // namespace

std::vector<std::string> summary_of(const PlatformReport& platform) {
  const auto& before = platform.size_before;
  const auto& after = platform.size_after;
  if (platform.before.digest == platform.after.digest)
    return {fmt::format("{}: nothing to do, {} in {}", platform.platform.text(),
                        human_size(before.compressed), plural(before.layers, "layer"))};
  std::vector<std::string> lines = {
      fmt::format("{}: {} instead of {}{}; unpacked {} instead of {}; {} instead of {}",
                  platform.platform.text(), human_size(after.compressed), human_size(before.compressed),
                  share(after.compressed, before.compressed), human_size(after.uncompressed),
                  human_size(before.uncompressed), after.layers, plural(before.layers, "layer"))};
  for (const auto& [name, rule] : platform.rules) {
    auto line = fmt::format("  {:<15} {:>10}  {}", name, human_size(rule.saved), plural(rule.files, "file"));
    if (rule.compressed > 0) line += fmt::format(", {} compressed", human_size(rule.compressed));
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace whittle::slimming
