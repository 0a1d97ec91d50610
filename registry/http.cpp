#include "registry/http.hpp"

#include <algorithm>
#include <vector>

#include "common/error.hpp"

namespace whittle::registry {
namespace {

constexpr std::size_t discard_limit = 64U << 10U;

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& field : fields_)
    if (same_name(field.first, name)) return field.second;
  return std::nullopt;
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& field : fields_)
    if (same_name(field.first, name)) values.emplace_back(field.second);
  return values;
}

std::string read_some(Response& response, std::size_t limit) {
  std::string text;
  std::vector<std::byte> buffer(std::min(limit + 1, stream_buffer_size));
  while (text.size() < limit) {
    const auto count =
        response.body->read(MutableBytes(buffer).first(std::min(buffer.size(), limit - text.size())));
    if (count == 0) return text;
    text.append(as_text(Bytes(buffer).first(count)));
  }
  return text;
}

void discard(Response& response) {
  try {
    read_some(response, discard_limit);
  } catch (const Error& error) {
    // The answer was given; a connection that breaks behind it only cannot be used again.
    if (error.kind() == ErrorKind::interrupted) throw;
  }
}

}  // namespace whittle::registry
