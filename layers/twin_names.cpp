#include "layers/twin_names.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <set>

#include "common/text.hpp"

namespace whittle::layers {
namespace {

char folded(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string folded_text(std::string_view text) {
  const auto is_ascii = [](char letter) { return static_cast<unsigned char>(letter) < 0x80; };
  if (!std::all_of(text.begin(), text.end(), is_ascii)) {
    utf8proc_uint8_t* mapped = nullptr;
    const auto size = utf8proc_map(
        reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
        &mapped, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(mapped, &std::free);
    if (size >= 0) return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)};
  }
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), folded);
  return result;
}

std::string folded_path(std::string_view path) {
  const auto name = path.rfind('/') + 1;  // 0 where there is no slash
  return std::string(path.substr(0, name)) + folded_text(path.substr(name));
}

struct Folded {
  std::size_t hash = 0;
  std::size_t index = 0;
  auto operator<=>(const Folded&) const = default;
};

}  // namespace

std::string TwinNames::text() const {
  auto text = fmt::format("/{} and /{} differ only in case or in the form of an accent", escaped(first),
                          escaped(second));
  if (others > 0) text += fmt::format(" ({} more of this kind)", others);
  return text;
}

std::optional<TwinNames> find_twins(const std::vector<std::string_view>& paths) {
  std::vector<Folded> order;
  order.reserve(paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i)
    order.push_back({std::hash<std::string>()(folded_path(paths[i])), i});
  std::sort(order.begin(), order.end());
  std::size_t count = 0;
  std::optional<std::pair<std::size_t, std::size_t>> earliest;  // the second of the pair, the first
  for (auto group = order.begin(); group != order.end();) {
    const auto end =
        std::find_if(group, order.end(), [&](const Folded& other) { return other.hash != group->hash; });
    std::set<std::string_view> names;
    for (auto at = group; at != end && end - group > 1; ++at) {
      if (!names.insert(paths[at->index]).second || at == group) continue;
      if (folded_path(paths[at->index]) != folded_path(paths[group->index])) continue;  // equal hashes alone
      ++count;
      earliest =
          std::min(earliest.value_or(std::pair{at->index, group->index}), std::pair{at->index, group->index});
    }
    group = end;
  }
  if (!earliest) return {};
  return TwinNames{paths[earliest->second], paths[earliest->first], count - 1};
}

}  // namespace whittle::layers
