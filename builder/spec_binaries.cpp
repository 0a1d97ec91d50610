#include <fmt/format.h>

#include <array>
#include <map>

#include "builder/spec_fields.hpp"
#include "builder/spec_tables.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

BinarySpec settle(const BinaryDraft& draft, const std::string& image_name, Profile default_profile) {
  BinarySpec binary;
  binary.main = draft.main;
  binary.path = draft.path.empty() ? default_binary_path(draft.main, image_name) : draft.path;
  binary.tags = draft.tags;
  binary.ldflags = draft.ldflags;
  binary.profile = draft.profile.value_or(default_profile);
  binary.lines = draft.lines;
  binary.inlining = draft.inlining;
  binary.cgo = draft.cgo;
  binary.where = draft.where;
  return binary;
}

}  // namespace

Keys<BinaryDraft> binary_keys() {
  static constexpr std::array<Key<BinaryDraft>, 8> keys = {{
      {"main", [](const Value& value, BinaryDraft& binary) { binary.main = read_main(value); }},
      {"path", [](const Value& value,
                  BinaryDraft& binary) { binary.path = read_image_path(value, TrailingSlash::refused); }},
      {"tags", [](const Value& value, BinaryDraft& binary) { binary.tags = read_build_tags(value); }},
      {"ldflags", [](const Value& value, BinaryDraft& binary) { binary.ldflags = read_linker_flags(value); }},
      {"profile", [](const Value& value, BinaryDraft& binary) { binary.profile = read_profile(value); }},
      {"lines", [](const Value& value, BinaryDraft& binary) { binary.lines = read_lines(value); }},
      {"inlining", [](const Value& value, BinaryDraft& binary) { binary.inlining = read_inlining(value); }},
      {"cgo", [](const Value& value, BinaryDraft& binary) { binary.cgo = read_cgo(value); }},
  }};
  return keys;
}

BinaryDraft read_binary(const Value& entry) {
  BinaryDraft binary;
  binary.where = entry.where();
  read_mapping(entry, binary_keys(), binary);
  if (binary.main.empty()) entry.refuse("an entry needs `main`, the package to compile");
  return binary;
}

void settle_binaries(const Value& image, const ImageDraft& draft, Profile default_profile,
                     ImageSpec& result) {
  if (draft.binaries_value) {
    if (draft.main) draft.binaries_value->refuse("an image has either `main` or `binaries`");
    if (!draft.main_settings.empty())
      draft.main_settings.front().refuse("this goes with `main`; beside `binaries` write it in each entry");
    if (draft.binaries.empty()) draft.binaries_value->refuse("the list is empty");
  } else if (!draft.main) {
    image.refuse("the image needs `main` or `binaries`, what to compile");
  }
  const auto drafts = draft.main ? std::vector<BinaryDraft>{*draft.main} : draft.binaries;
  std::map<std::string, std::size_t> by_path;
  for (const auto& one : drafts) {
    result.binaries.push_back(settle(one, result.name, default_profile));
    const auto& binary = result.binaries.back();
    const auto [place, is_new] = by_path.emplace(binary.path, result.binaries.size() - 1);
    if (is_new) continue;
    const auto& other = result.binaries[place->second];
    throw Error(ErrorKind::spec,
                fmt::format("{}: {} and {} (line {}) both go to {}; give one of them another `path`",
                            binary.where.text(), shown(binary.main), shown(other.main), other.where.line,
                            shown(binary.path)));
  }
}

}  // namespace whittle::builder
