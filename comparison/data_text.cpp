#include "comparison/data_text.hpp"

#include <algorithm>
#include <optional>

#include "common/bytes.hpp"

namespace whittle::comparison {
namespace {

constexpr std::size_t most_places = 64;
constexpr std::size_t shortest_text = 4;
constexpr std::size_t longest_place = 256;
constexpr std::size_t context = 32;
constexpr std::size_t gap = 8;  // bytes that are equal between two parts of one place

struct Place {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// Nothing when there are too many.
std::optional<std::vector<Place>> places(const binaries::RandomAccess& a, const binaries::RandomAccess& b) {
  std::vector<Place> found;
  for (std::uint64_t at = 0; at < a.size(); at += stream_buffer_size) {
    const auto x = a.read(at, stream_buffer_size);
    const auto y = b.read(at, stream_buffer_size);
    if (x == y) continue;
    for (std::size_t i = 0; i < x.size() && i < y.size(); ++i) {
      if (x[i] == y[i]) continue;
      if (!found.empty() && at + i <= found.back().end + gap)
        found.back().end = at + i + 1;
      else
        found.push_back({at + i, at + i + 1});
      if (found.size() > most_places) return std::nullopt;
    }
  }
  return found;
}

bool is_printable(char c) {
  return c > ' ' && c < 0x7f;
}

// The text around [begin, end) of `bytes`.
std::string text_around(std::string_view bytes, std::size_t begin, std::size_t end) {
  if (!std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                   bytes.begin() + static_cast<std::ptrdiff_t>(end),
                   [](char c) { return is_printable(c) || c == ' '; }))
    return {};
  while (begin > 0 && is_printable(bytes[begin - 1])) --begin;
  while (end < bytes.size() && is_printable(bytes[end])) ++end;
  return std::string(bytes.substr(begin, end - begin));
}

// Where "2026-11-28T07:00:00" or its like stands: digits and separators, with a blank for the T as well.
std::size_t find_stamp(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00";
  for (std::size_t at = 0; at + form.size() <= text.size(); ++at) {
    std::size_t i = 0;
    for (; i < form.size(); ++i) {
      const char c = text[at + i];
      const bool fits = form[i] == '0' ? c >= '0' && c <= '9' : c == form[i] || (form[i] == 'T' && c == ' ');
      if (!fits) break;
    }
    if (i == form.size()) return at;
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<std::pair<std::string, std::string>> time_stamps_in(std::string_view a, std::string_view b) {
  constexpr std::size_t length = 19;
  const auto at = find_stamp(a);
  if (at == std::string_view::npos || at != find_stamp(b) || a.substr(at, length) == b.substr(at, length))
    return std::nullopt;
  return std::pair(std::string(a.substr(at, length)), std::string(b.substr(at, length)));
}

std::vector<DataText> exchanged_texts(const binaries::RandomAccess& a, const binaries::RandomAccess& b) {
  std::vector<DataText> texts;
  if (a.size() != b.size()) return texts;
  const auto found = places(a, b);
  if (!found) return texts;
  for (const auto& place : *found) {
    const auto length = static_cast<std::size_t>(place.end - place.begin);
    if (length > longest_place || texts.size() >= most_texts) continue;
    const auto before = static_cast<std::size_t>(std::min<std::uint64_t>(context, place.begin));
    const auto around = [&](const binaries::RandomAccess& file) {
      const auto bytes = file.read(place.begin - before, before + length + context);
      return text_around(bytes, before, before + length);
    };
    DataText text{place.begin, around(a), around(b)};
    if (text.a.size() >= shortest_text && text.b.size() >= shortest_text) texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace whittle::comparison
