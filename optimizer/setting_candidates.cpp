#include "optimizer/setting_candidates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/text.hpp"
#include "packages/bases.hpp"

namespace whittle::optimizer {
namespace {

using builder::BinarySpec;
using builder::ImageSpec;
using builder::Lines;
using builder::Profile;
using layers::Compression;
using Apply = std::function<void(ImageSpec&)>;

SettingCandidate candidate(std::string change, std::string price, Apply apply) {
  Advice advice;
  advice.change = std::move(change);
  advice.price = std::move(price);
  return {std::move(advice), std::move(apply)};
}

void add_profile(const ImageSpec& image, std::vector<SettingCandidate>& candidates) {
  auto small = candidate("profile: small", "debuggers and perf show no names; stack traces keep theirs",
                         [](ImageSpec& spec) {
                           for (auto& binary : spec.binaries)
                             if (binary.profile == Profile::debug) binary.profile = Profile::small;
                         });
  for (std::size_t i = 0; i < image.binaries.size(); ++i)
    if (image.binaries[i].profile == Profile::debug)
      small.advice.edits.push_back({image.name, i, "profile", "small", {}, {}});
  if (!small.advice.edits.empty()) candidates.push_back(std::move(small));
}

void add_lines(const ImageSpec& image, std::vector<SettingCandidate>& candidates) {
  const auto keeps = [](const BinarySpec& binary) {
    return binary.lines_with(binary.profile) == Lines::keep;
  };
  if (std::none_of(image.binaries.begin(), image.binaries.end(), keeps)) return;
  candidates.push_back(candidate("lines: split", "stack traces show ?:0 until `whittle symbolize` reads them",
                                 [](ImageSpec& spec) {
                                   for (auto& binary : spec.binaries) binary.lines = Lines::split;
                                 }));
}

// The rule is changed, and what is kept besides stays as it is.
void add_inlining(const ImageSpec& image, std::vector<SettingCandidate>& candidates) {
  const auto add = [&](builder::Inlining::Rule rule, std::string change, std::string price) {
    const auto more = [rule](const BinarySpec& binary) { return binary.inlining.rule < rule; };
    if (std::none_of(image.binaries.begin(), image.binaries.end(), more)) return;
    candidates.push_back(candidate(std::move(change), std::move(price), [rule](ImageSpec& spec) {
      for (auto& binary : spec.binaries) binary.inlining.rule = std::max(binary.inlining.rule, rule);
    }));
  };
  add(builder::Inlining::Rule::hot, "inlining: hot",
      "speed of packages that are not known to be hot; measure it with a benchmark");
  add(builder::Inlining::Rule::none, "inlining: none", "speed of everything; measure it with a benchmark");
}

void add_compression(const ImageSpec& image, std::vector<SettingCandidate>& candidates) {
  const auto& now = image.compression;
  const auto with = [](Compression compression) {
    return [compression](ImageSpec& spec) {
      spec.compression = compression;
      spec.level = compression.level;
    };
  };
  const auto name = now.format_name();
  if (now.format != Compression::Format::none && now.level != Compression::Level::smallest) {
    auto wanted = now;
    wanted.level = Compression::Level::smallest;
    const auto value = fmt::format("{{format: {}, level: smallest}}", name);
    auto smallest = candidate("compression: " + value, {}, with(wanted));
    smallest.advice.edits.push_back({image.name, {}, "compression", value, "level", "smallest"});
    candidates.push_back(std::move(smallest));
  }
  if (now.format == Compression::Format::zstd) return;
  const std::string price = now.by_file
                                ? "files cannot be fetched one by one any more; containerd before 1.5 and "
                                  "Docker before 23 cannot read it"
                                : "containerd before 1.5 and Docker before 23 cannot read it";
  candidates.push_back(
      candidate("compression: zstd", price, with({Compression::Format::zstd, Compression::Level::balanced})));
  candidates.push_back(candidate("compression: {format: zstd, level: smallest}", price,
                                 with({Compression::Format::zstd, Compression::Level::smallest})));
}

// A program of whittle's needs no loader and no library of its base: it is compiled without cgo.
void add_base(const ImageSpec& image, std::vector<SettingCandidate>& candidates) {
  const auto with = [](std::string base) {
    return [base = std::move(base)](ImageSpec& spec) { spec.base = base; };
  };
  if (!image.packages.wishes.empty()) return;  // they may need what the base brings
  if (image.base != "static" && image.base != "scratch")
    candidates.push_back(
        candidate("base: static",
                  fmt::format("what else is in {} is gone: libraries, a shell, other programs",
                              packages::find_base(image.base) ? image.base : shown(image.base)),
                  with("static")));
  if (image.base != "scratch")
    candidates.push_back(
        candidate("base: scratch", "no certificates, no time zones, no /etc/ssl, no /tmp", with("scratch")));
}

}  // namespace

std::vector<SettingCandidate> setting_candidates(const ImageSpec& image) {
  std::vector<SettingCandidate> candidates;
  add_profile(image, candidates);
  add_lines(image, candidates);
  add_inlining(image, candidates);
  add_compression(image, candidates);
  add_base(image, candidates);
  return candidates;
}

}  // namespace whittle::optimizer
