#include "running/heap_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "builder/profile_tables.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::running {
namespace {

constexpr std::uint64_t most_value = 1ULL
                                     << 50U;  // bytes of one sample; a negative number is a larger one here

std::size_t index_of_memory(const builder::ProfileTables& tables, const std::string& what) {
  const auto& types = tables.types();
  for (std::size_t i = 0; i < types.size(); ++i)
    if (tables.text(types[i]) == "inuse_space") return i;
  const auto has = types.empty() ? std::string("nothing") : shown(tables.text(types.front()));
  throw Error(ErrorKind::unsupported, fmt::format("{} is no profile of a heap: it counts {}", what, has))
      .hint("the URL is that of net/http/pprof: http://localhost:PORT/debug/pprof/heap");
}

// Import paths of others begin with the name of a host, or that of a module without one; main is the
// program's own.
bool is_of_library(std::string_view function) {
  if (function.starts_with("main.")) return false;
  const auto first = function.substr(0, function.find('/'));
  return first.size() == function.size() || first.find('.') == std::string_view::npos;
}

// The allocator is the runtime's, as are the functions that grow slices and maps; what asked for it is
// wanted.
std::string_view allocating_function(const builder::ProfileTables& tables,
                                     const std::vector<std::uint64_t>& stack) {
  std::string_view first;
  for (const auto location : stack)
    for (const auto function : tables.functions_at(location)) {
      if (first.empty()) first = function;
      if (!is_of_library(function)) return function;
    }
  return first;
}

}  // namespace

HeapProfile read_heap_profile(std::unique_ptr<ByteSource> profile, const std::string& what) {
  const auto bytes = builder::uncompressed_profile(std::move(profile), what);
  const builder::ProfileTables tables(bytes, what);
  const auto index = index_of_memory(tables, what);
  HeapProfile result;
  tables.for_each_sample([&](const auto& locations, const auto& values) {
    const auto size = index < values.size() ? values[index] : 0;
    if (size == 0 || size > most_value) return;
    auto& sum = result.in_use[std::string(allocating_function(tables, locations))];
    sum = std::min(sum + size, most_value);
    result.total = std::min(result.total + size, most_value);
  });
  return result;
}

std::vector<Growth> growth_between(const HeapProfile& before, const HeapProfile& after, std::size_t most) {
  std::vector<Growth> grown;
  for (const auto& [function, size] : after.in_use) {
    const auto found = before.in_use.find(function);
    const Growth growth{function, found == before.in_use.end() ? 0 : found->second, size};
    if (growth.change() > 0) grown.push_back(growth);
  }
  std::stable_sort(grown.begin(), grown.end(),
                   [](const Growth& a, const Growth& b) { return a.change() > b.change(); });
  if (grown.size() > most) grown.resize(most);
  return grown;
}

std::optional<std::uint64_t> goroutines_in(std::string_view text) {
  constexpr std::string_view prefix = "goroutine profile: total ";
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  std::uint64_t count = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
  if (parsed.ec != std::errc()) return std::nullopt;
  return count;
}

}  // namespace whittle::running
