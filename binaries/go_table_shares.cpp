#include "binaries/go_table_shares.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>
#include <vector>

#include "binaries/block_reader.hpp"
#include "binaries/cover.hpp"
#include "binaries/go_function_records.hpp"

namespace whittle::binaries {
namespace {

using Part = GoTableShare::Part;

constexpr std::size_t most_references = 2'500'000;  // beyond, all that they refer to counts as shared

// By what stands in the upper half; what is equal there keeps its order. There are some hundred thousand in a
// program. Takes as much memory again.
void sort_by_upper_half(std::vector<std::uint64_t>& numbers) {
  constexpr unsigned bits = 11;
  std::vector<std::uint64_t> sorted(numbers.size());
  for (unsigned shift = 32; shift < 64; shift += bits) {
    const auto digit = [shift](std::uint64_t number) { return number >> shift & ((1U << bits) - 1); };
    std::array<std::size_t, (1U << bits) + 1> begins{};
    for (const auto number : numbers) ++begins[digit(number) + 1];
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    for (const auto number : numbers) sorted[begins[digit(number)]++] = number;
    numbers.swap(sorted);
  }
}

// Which functions refer to which offset. They are told of in their order.
class References {
 public:
  void add(std::uint32_t offset, std::uint32_t function) {
    const auto reference = std::uint64_t{offset} << 32U | function;
    if (is_full_ || (!all_.empty() && all_.back() == reference)) return;
    all_.push_back(reference);
    is_full_ = all_.size() > most_references;
    if (is_full_) all_ = {};
  }

  // What is referred to reaches to the next thing that is. The last reaches to `end`. Offsets count from
  // `begin`.
  void visit_all(std::uint64_t begin, std::uint64_t end, Part part, const OnGoTableShare& visit) {
    sort_by_upper_half(all_);
    for (std::size_t i = 0; i < all_.size();) {
      const auto offset = all_[i] >> 32U;
      const auto reference = all_[i];
      bool is_shared = false;
      for (; i < all_.size() && all_[i] >> 32U == offset; ++i) is_shared |= all_[i] != reference;
      const auto next = i < all_.size() ? std::min(begin + (all_[i] >> 32U), end) : end;
      if (begin + offset >= next) continue;
      visit({begin + offset, next - (begin + offset), part,
             is_shared ? GoTableShare::no_function : static_cast<std::uint32_t>(reference)});
    }
  }

 private:
  std::vector<std::uint64_t> all_ = {};  // the offset in the upper half, the function in the lower one
  bool is_full_ = false;
};

// Every byte of the table belongs to one share.
class Coverage {
 public:
  Coverage(std::uint64_t begin, std::uint64_t end, const OnGoTableShare& visit)
      : visit_(visit), cover_(begin, end, [&visit](std::uint64_t offset, std::uint64_t size) {
          visit({offset, size, Part::rest});
        }) {}
  void add(GoTableShare share) {
    cover_.add(share.offset, share.size, [&](std::uint64_t offset, std::uint64_t size) {
      share.offset = offset;
      share.size = size;
      visit_(share);
    });
  }
  void finish() { cover_.finish(); }

 private:
  const OnGoTableShare& visit_;
  Cover cover_;
};

void visit_names(const RandomAccess& file, const GoFunctions& functions, std::uint64_t begin,
                 std::uint64_t end, Coverage& coverage) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> owners;
  owners.reserve(functions.count());
  for (std::uint32_t i = 0; i < functions.count(); ++i) owners.emplace_back(functions.name_offset(i), i);
  std::sort(owners.begin(), owners.end());
  BlockReader reader(file);
  auto owner = owners.begin();
  for (auto at = begin; at < end;) {
    const auto name = reader.text_at(
        at, static_cast<std::size_t>(std::min<std::uint64_t>(end - at, GoFunctions::longest_name)));
    while (owner != owners.end() && begin + owner->first < at) ++owner;
    GoTableShare share{at, name.size() + 1, Part::name, GoTableShare::no_function, name};
    if (owner != owners.end() && begin + owner->first == at) share.function = owner->second;
    coverage.add(share);
    at += share.size;
  }
}

void visit_records(GoFunctionRecords& records, const GoFunctions& functions, Coverage& coverage) {
  std::vector<GoTableShare> order;
  order.reserve(functions.count());
  for (std::uint32_t i = 0; i < functions.count(); ++i)
    if (const auto* record = records.read(i))
      order.push_back({record->offset, record->size, Part::record, i});
  std::stable_sort(order.begin(), order.end(),
                   [](const GoTableShare& a, const GoTableShare& b) { return a.offset < b.offset; });
  for (const auto& share : order) coverage.add(share);
}

References counter_references(GoFunctionRecords& records, const GoFunctions& functions) {
  References references;
  for (std::uint32_t i = 0; i < functions.count(); ++i) {
    const auto* record = records.read(i);
    if (record == nullptr) continue;
    for (const auto offset : {record->stack, record->files, record->lines}) references.add(offset, i);
    for (const auto offset : record->values) references.add(offset, i);
  }
  return references;
}

References data_references(GoFunctionRecords& records, const GoFunctions& functions) {
  References references;
  for (std::uint32_t i = 0; i < functions.count(); ++i) {
    const auto* record = records.read(i);
    if (record == nullptr) continue;
    for (const auto offset : record->data)
      if (offset != GoFunctionRecord::no_data) references.add(offset, i);
  }
  return references;
}

}  // namespace

std::string_view name_of(GoTableShare::Part part) {
  switch (part) {
    case Part::header:
      return "header of the table";
    case Part::name:
      return "names of functions";
    case Part::units:
      return "files of packages";
    case Part::files:
      return "names of source files";
    case Part::program_counters:
      return "shared tables of code positions";
    case Part::index:
      return "index of functions";
    case Part::record:
      return "records of functions";
    case Part::function_data:
      return "shared function data";
    case Part::rest:
      return "padding";
  }
  return "unknown";
}

void for_each_table_share(const RandomAccess& file, const Elf& elf, const GoFunctions& functions,
                          const std::optional<GoModuleData>& module, const OnGoTableShare& visit) {
  const auto begin = functions.table_offset();
  const auto end = begin + functions.table_size();
  const auto& layout = functions.layout();
  Coverage coverage(begin, end, visit);
  const auto whole = [&](std::uint64_t from, std::uint64_t to, Part part) {
    coverage.add({begin + from, to - from, part});
  };
  whole(0, layout.names, Part::header);
  visit_names(file, functions, begin + layout.names, begin + layout.units, coverage);
  whole(layout.units, layout.files, Part::units);
  whole(layout.files, layout.program_counters, Part::files);
  GoFunctionRecords records(file, elf, functions);
  counter_references(records, functions)
      .visit_all(begin + layout.program_counters, begin + layout.records, Part::program_counters,
                 [&](const GoTableShare& share) { coverage.add(share); });
  whole(layout.program_counters, layout.records, Part::program_counters);  // what nothing refers to
  const auto index = begin + layout.records;
  for (std::uint32_t i = 0; i < functions.count(); ++i) coverage.add({index + i * 8ULL, 8, Part::index, i});
  coverage.add({records.index_end() - 4, 4, Part::index});
  visit_records(records, functions, coverage);
  if (const auto data = module ? elf.offset_of(module->function_data) : std::nullopt)
    if (*data >= begin && *data < end)
      data_references(records, functions)
          .visit_all(*data, end, Part::function_data,
                     [&](const GoTableShare& share) { coverage.add(share); });
  coverage.finish();
}

void for_each_function_data(const RandomAccess& file, const Elf& elf, const GoFunctions& functions,
                            const GoModuleData& module, const OnGoTableShare& visit) {
  const auto data = elf.offset_of(module.function_data);
  const auto begin = functions.table_offset();
  if (!data || (*data >= begin && *data - begin < functions.table_size())) return;
  constexpr std::uint64_t length_of_last = 8;  // nothing tells it: a map of pointers has eight bytes at least
  GoFunctionRecords records(file, elf, functions);
  auto references = data_references(records, functions);
  std::optional<GoTableShare> last;
  references.visit_all(*data, file.size(), Part::function_data, [&](const GoTableShare& share) {
    if (last) visit(*last);
    last = share;
  });
  if (!last) return;
  last->size = std::min(last->size, length_of_last);
  visit(*last);
}

}  // namespace whittle::binaries
