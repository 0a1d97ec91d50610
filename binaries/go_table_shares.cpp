#include "binaries/go_table_shares.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "binaries/block_reader.hpp"
#include "binaries/fields.hpp"

namespace whittle::binaries {
namespace {

using Part = GoTableShare::Part;

constexpr std::size_t most_references = 4'000'000;  // beyond, all that they refer to counts as shared
constexpr std::uint32_t no_data = 0xffffffff;       // "there is no such table"
constexpr std::uint32_t most_tables = 64;           // of one function: today it has five

// runtime._func: the fixed part, the offsets of pcsp, pcfile, pcln, and the two counts behind them. In Go 1.20
// the line where a function begins came in between.
class Records {
 public:
  Records(const RandomAccess& file, const Elf& elf, const GoFunctions& functions)
      : little_(elf.is_little_endian),
        functions_(functions),
        fixed_(functions.is_before_1_20() ? 40 : 44),
        begin_(functions.table_offset() + functions.layout().records),
        end_(functions.table_offset() + functions.table_size()),
        index_(file),
        records_(file) {}

  struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  // Where the record of a function lies in the file; empty when it is broken.
  Extent extent(std::size_t function) {
    const auto at = begin_ + word(index_, begin_ + function * 8 + 4);
    const auto header = records_.at(at, fixed_);
    if (header.size() < fixed_ || at + fixed_ > end_) return {};
    program_counters_ = in(header, 28);
    data_ = static_cast<unsigned char>(header[fixed_ - 1]);
    if (program_counters_ > most_tables || data_ > most_tables) return {};
    const Extent extent{at, fixed_ + 4ULL * program_counters_ + 4ULL * data_};
    return extent.offset + extent.size <= end_ ? extent : Extent{};
  }

  // Offsets in the tables of program counters.
  template <typename Visit>
  void for_each_program_counter(std::size_t function, const Visit& visit) {
    const auto [at, size] = extent(function);
    const auto bytes = records_.at(at, static_cast<std::size_t>(size));
    if (size == 0 || bytes.size() < size) return;
    for (const std::size_t fixed : {16U, 20U, 24U}) visit(in(bytes, fixed));
    for (std::size_t i = 0; i < program_counters_; ++i) visit(in(bytes, fixed_ + i * 4));
  }
  // Offsets in the function data.
  template <typename Visit>
  void for_each_data(std::size_t function, const Visit& visit) {
    const auto [at, size] = extent(function);
    const auto bytes = records_.at(at, static_cast<std::size_t>(size));
    if (size == 0 || bytes.size() < size) return;
    for (std::size_t i = 0; i < data_; ++i)
      if (const auto offset = in(bytes, fixed_ + (program_counters_ + i) * 4); offset != no_data) visit(offset);
  }

  std::uint64_t index_end() const { return begin_ + functions_.count() * 8 + 4; }

 private:
  std::uint32_t in(std::string_view bytes, std::size_t offset) const {
    return static_cast<std::uint32_t>(number_in(bytes, offset, 4, little_));
  }
  std::uint32_t word(BlockReader& reader, std::uint64_t offset) {
    const auto bytes = reader.at(offset, 4);
    return bytes.size() < 4 ? 0 : in(bytes, 0);
  }

  bool little_;
  const GoFunctions& functions_;
  std::size_t fixed_;
  std::uint64_t begin_;
  std::uint64_t end_;
  BlockReader index_;
  BlockReader records_;
  std::uint32_t program_counters_ = 0;  // of the record that was read last
  std::uint32_t data_ = 0;
};

// Which functions refer to which offset.
class References {
 public:
  void add(std::uint32_t offset, std::uint32_t function) {
    if (is_full_ || (!all_.empty() && all_.back() == std::pair(offset, function))) return;
    all_.emplace_back(offset, function);
    is_full_ = all_.size() > most_references;
    if (is_full_) all_ = {};
  }
  bool empty() const { return all_.empty(); }

  // What is referred to reaches to the next thing that is. The last reaches to `end`. Offsets count from
  // `begin`.
  void visit_all(std::uint64_t begin, std::uint64_t end, Part part, const OnGoTableShare& visit) {
    std::sort(all_.begin(), all_.end());
    for (std::size_t i = 0; i < all_.size();) {
      const auto [offset, function] = all_[i];
      bool is_shared = false;
      for (; i < all_.size() && all_[i].first == offset; ++i) is_shared |= all_[i].second != function;
      const auto next = i < all_.size() ? std::min(begin + all_[i].first, end) : end;
      if (begin + offset >= next) continue;
      visit({begin + offset, next - (begin + offset), part, is_shared ? GoTableShare::no_function : function});
    }
  }

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> all_ = {};  // offset, function
  bool is_full_ = false;
};

// Passes on what is sorted, so that every byte of [begin, end) is there once.
class Coverage {
 public:
  Coverage(std::uint64_t begin, std::uint64_t end, const OnGoTableShare& visit)
      : at_(begin), end_(end), visit_(visit) {}
  void add(GoTableShare share) {
    const auto end = std::min(share.offset + share.size, end_);
    if (end <= at_) return;
    if (share.offset > at_) fill(share.offset);
    share.offset = at_;
    share.size = end - at_;
    visit_(share);
    at_ = end;
  }
  void fill(std::uint64_t to) {
    to = std::min(to, end_);
    if (to > at_) visit_({at_, to - at_, Part::rest});
    at_ = std::max(at_, to);
  }

 private:
  std::uint64_t at_;
  std::uint64_t end_;
  const OnGoTableShare& visit_;
};

void visit_names(const RandomAccess& file, const GoFunctions& functions, std::uint64_t begin, std::uint64_t end,
                 Coverage& coverage) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> owners;
  owners.reserve(functions.count());
  for (std::uint32_t i = 0; i < functions.count(); ++i) owners.emplace_back(functions.name_offset(i), i);
  std::sort(owners.begin(), owners.end());
  BlockReader reader(file);
  auto owner = owners.begin();
  for (auto at = begin; at < end;) {
    const auto name = reader.text_at(at, static_cast<std::size_t>(std::min<std::uint64_t>(end - at, GoFunctions::longest_name)));
    while (owner != owners.end() && begin + owner->first < at) ++owner;
    GoTableShare share{at, name.size() + 1, Part::name, GoTableShare::no_function, name};
    if (owner != owners.end() && begin + owner->first == at) share.function = owner->second;
    coverage.add(share);
    at += share.size;
  }
}

void visit_records(Records& records, const GoFunctions& functions, Coverage& coverage) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
  order.reserve(functions.count());
  for (std::uint32_t i = 0; i < functions.count(); ++i)
    if (const auto extent = records.extent(i); extent.size > 0) order.emplace_back(extent.offset, i);
  std::sort(order.begin(), order.end());
  for (const auto& [offset, function] : order)
    coverage.add({offset, records.extent(function).size, Part::record, function});
}

References data_references(Records& records, const GoFunctions& functions) {
  References references;
  for (std::uint32_t i = 0; i < functions.count(); ++i)
    records.for_each_data(i, [&](std::uint32_t offset) { references.add(offset, i); });
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
  Records records(file, elf, functions);
  {
    References references;
    for (std::uint32_t i = 0; i < functions.count(); ++i)
      records.for_each_program_counter(i, [&](std::uint32_t offset) { references.add(offset, i); });
    references.visit_all(begin + layout.program_counters, begin + layout.records, Part::program_counters,
                         [&](const GoTableShare& share) { coverage.add(share); });
    whole(layout.program_counters, layout.records, Part::program_counters);  // what nothing refers to
  }
  const auto index = begin + layout.records;
  for (std::uint32_t i = 0; i < functions.count(); ++i) coverage.add({index + i * 8ULL, 8, Part::index, i});
  coverage.add({records.index_end() - 4, 4, Part::index});
  visit_records(records, functions, coverage);
  if (const auto data = module ? elf.offset_of(module->function_data) : std::nullopt)
    if (*data >= begin && *data < end)
      data_references(records, functions)
          .visit_all(*data, end, Part::function_data, [&](const GoTableShare& share) { coverage.add(share); });
  coverage.fill(end);
}

void for_each_function_data(const RandomAccess& file, const Elf& elf, const GoFunctions& functions,
                            const GoModuleData& module, const OnGoTableShare& visit) {
  const auto data = elf.offset_of(module.function_data);
  const auto begin = functions.table_offset();
  if (!data || (*data >= begin && *data - begin < functions.table_size())) return;
  constexpr std::uint64_t length_of_last = 8;  // nothing tells it: a map of pointers has eight bytes at least
  Records records(file, elf, functions);
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
