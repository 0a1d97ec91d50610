#include "binaries/go_line_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "binaries/go_counter_table.hpp"
#include "binaries/go_function_records.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::binaries {
namespace {

constexpr std::uint64_t largest_tables = 128U << 20U;
constexpr int first_known = 18;  // Go 1.18 and 1.27
constexpr int last_known = 27;
constexpr int without_own_positions = 20;  // since then records of inlined calls name no files

// The second number of "go1.26.8"; nothing for what is no release.
std::optional<int> minor_of(std::string_view version) {
  constexpr std::string_view prefix = "go1.";
  if (!version.starts_with(prefix)) return std::nullopt;
  version.remove_prefix(prefix.size());
  int minor = 0;
  std::size_t digits = 0;
  for (; digits < version.size() && digits < 3 && version[digits] >= '0' && version[digits] <= '9'; ++digits)
    minor = minor * 10 + (version[digits] - '0');
  if (digits == 0) return std::nullopt;
  return minor;
}

// The tables of one kind, each walked once. Those that the linker makes are equal or apart; what overlaps so
// much that this takes long was made to do so.
class Walk {
 public:
  Walk(const RandomAccess& file, const FileStretch& tables, std::uint64_t quantum)
      : reader_(file),
        tables_(tables),
        quantum_(quantum),
        begins_(tables.size),
        bytes_(tables.size),
        budget_(8 * tables.size + 1024) {}

  void add(std::uint32_t offset) {
    if (offset == 0) return;
    if (offset >= tables_.size)
      throw Error(ErrorKind::integrity,
                  "Go's function table is broken: a table of code positions lies outside of it");
    if (begins_[offset]) return;
    begins_[offset] = true;
    GoCounterTable table(reader_, tables_.offset + offset, tables_.offset + tables_.size, quantum_);
    while (table.next()) {
    }
    const auto end = static_cast<std::size_t>(table.offset() - tables_.offset);
    if (end - offset > budget_)
      throw Error(ErrorKind::integrity, "Go's function table is broken: its tables overlap everywhere");
    budget_ -= end - offset;
    std::fill(bytes_.begin() + offset, bytes_.begin() + static_cast<std::ptrdiff_t>(end), true);
  }
  const std::vector<bool>& bytes() const { return bytes_; }

 private:
  BlockReader reader_;
  const FileStretch& tables_;
  std::uint64_t quantum_;
  std::vector<bool> begins_;
  std::vector<bool> bytes_;
  std::uint64_t budget_;
};

// Joins what touches.
class Joined {
 public:
  explicit Joined(const std::function<void(const FileStretch&)>& visit) : visit_(visit) {}
  void add(std::uint64_t offset, std::uint64_t size) {
    if (size == 0) return;
    if (last_.size > 0 && last_.offset + last_.size == offset) {
      last_.size += size;
      return;
    }
    finish();
    last_ = {offset, size};
  }
  void finish() {
    if (last_.size > 0) visit_(last_);
  }

 private:
  const std::function<void(const FileStretch&)>& visit_;
  FileStretch last_ = {};
};

}  // namespace

GoLineTables GoLineTables::find(const RandomAccess& file, const Elf& elf, std::string_view go_version) {
  const auto minor = minor_of(go_version);
  if (!minor || *minor < first_known || *minor > last_known)
    throw Error(
        ErrorKind::unsupported,
        fmt::format("the line tables of {} are of a form that is not known: those of Go 1.{} to 1.{} are",
                    shown(go_version), first_known, last_known))
        .hint("build with `lines: keep`");
  const auto functions = GoFunctions::read(file, elf);
  if (!functions || functions->is_before_1_20() != (*minor < 20))
    throw Error(ErrorKind::unsupported,
                fmt::format("the program has no function table of the form of {}", shown(go_version)));
  GoLineTables result;
  // Before Go 1.20 runtime.FuncForPC takes the file of an inlined call from its record, not from these
  // tables.
  if (*minor >= without_own_positions) result.add_names(*functions);
  result.add_tables(file, elf, *functions);
  return result;
}

// Two tables beside each other. Only runtime.funcfile reads them, for a number that comes out of `pcfile`.
// The line where a function begins is for profiles alone.
void GoLineTables::add_names(const GoFunctions& functions) {
  const auto& layout = functions.layout();
  names_ = {functions.table_offset() + layout.units, layout.program_counters - layout.units};
}

void GoLineTables::add_tables(const RandomAccess& file, const Elf& elf, const GoFunctions& functions) {
  const auto& layout = functions.layout();
  tables_ = {functions.table_offset() + layout.program_counters, layout.records - layout.program_counters};
  if (tables_.size > largest_tables)
    throw Error(ErrorKind::limit,
                fmt::format("the tables of code positions have {} bytes; at most {} are read", tables_.size,
                            largest_tables));
  constexpr std::uint64_t any_quantum = 1;  // how far a table reaches does not depend on it
  Walk needed(file, tables_, any_quantum);
  Walk lines(file, tables_, any_quantum);
  GoFunctionRecords records(file, elf, functions);
  for (std::size_t i = 0; i < functions.count(); ++i) {
    const auto* record = records.read(i);
    if (record == nullptr)
      throw Error(ErrorKind::integrity,
                  "Go's function table is broken: the record of a function lies outside of it");
    needed.add(record->stack);
    for (const auto table : record->values) needed.add(table);
    lines.add(record->files);
    lines.add(record->lines);
    records_.push_back(record->offset);
  }
  std::sort(records_.begin(), records_.end());
  for (std::size_t i = 0; i < records_.size(); ++i)
    if (records_[i] < records.index_end() ||
        (i > 0 &&
         records_[i] - records_[i - 1] < GoFunctionRecord::unit_fields + GoFunctionRecord::fields_size))
      throw Error(ErrorKind::integrity, "Go's function table is broken: records of functions overlap");
  only_lines_ = lines.bytes();
  for (std::size_t i = 0; i < only_lines_.size(); ++i)
    if (needed.bytes()[i]) only_lines_[i] = false;
}

void GoLineTables::for_each_stretch(const std::function<void(const FileStretch&)>& visit) const {
  Joined joined(visit);
  joined.add(names_.offset, names_.size);
  for (auto at = only_lines_.begin(); at != only_lines_.end();) {
    const auto begin = std::find(at, only_lines_.end(), true);
    at = std::find(begin, only_lines_.end(), false);
    joined.add(tables_.offset + static_cast<std::uint64_t>(begin - only_lines_.begin()),
               static_cast<std::uint64_t>(at - begin));
  }
  for (const auto record : records_) {
    joined.add(record + GoFunctionRecord::line_fields, GoFunctionRecord::fields_size);
    if (names_.size > 0) joined.add(record + GoFunctionRecord::unit_fields, GoFunctionRecord::fields_size);
  }
  joined.finish();
}

}  // namespace whittle::binaries
