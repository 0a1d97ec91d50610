#include "binaries/go_positions.hpp"

#include "binaries/fields.hpp"
#include "binaries/go_counter_table.hpp"
#include "binaries/go_module_data.hpp"
#include "common/error.hpp"

namespace whittle::binaries {
namespace {

constexpr std::size_t most_frames = 1'000;     // inlined into each other at one place
constexpr std::size_t inline_tree_values = 2;  // PCDATA_InlTreeIndex (internal/abi/symtab.go)
constexpr std::size_t inline_tree_data = 3;    // FUNCDATA_InlTree
constexpr std::uint32_t no_file = 0xffffffff;

}  // namespace

std::string printed_function_name(std::string_view name) {
  if (name == "runtime.gopanic") return "panic";
  const auto open = name.find('[');
  const auto close = name.rfind(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return std::string(name);
  return std::string(name.substr(0, open)) + "[...]" + std::string(name.substr(close + 1));
}

GoPositions::GoPositions(const RandomAccess& file, const Elf& elf, const GoFunctions& functions)
    : elf_(elf),
      functions_(functions),
      quantum_(1),
      records_(file, elf, functions),
      names_(functions),
      reader_(file) {
  if (const auto module = find_module_data(file, elf, functions)) data_ = module->function_data;
  const auto header = reader_.at(functions.table_offset(), 8);
  if (header.size() == 8) quantum_ = static_cast<unsigned char>(header[6]);
}

std::vector<GoFrame> GoPositions::at(std::size_t function, std::uint64_t offset) {
  const auto* record = records_.read(function);
  if (record == nullptr)
    throw Error(ErrorKind::integrity,
                "Go's function table is broken: the record of a function lies outside of it");
  std::vector<GoFrame> frames;
  while (const auto inlined = inlined_at(*record, offset)) {
    if (frames.size() == most_frames)
      throw Error(ErrorKind::integrity, "Go's function table is broken: calls are inlined in a circle");
    place(*record, offset, frames.emplace_back(GoFrame{inlined->function, {}, 0}));
    offset = inlined->caller;
  }
  place(*record, offset, frames.emplace_back(GoFrame{std::string(names_[function]), {}, 0}));
  return frames;
}

void GoPositions::place(const GoFunctionRecord& record, std::uint64_t offset, GoFrame& frame) {
  const auto file = value(record.files, offset);
  const auto line = value(record.lines, offset);
  frame.file = file < 0 || line < 0 ? "?" : file_name(record.unit, file);
  frame.line = frame.file == "?" ? 0 : line;
}

// What the table says for that place; -1 where it says nothing.
std::int32_t GoPositions::value(std::uint32_t table, std::uint64_t offset) {
  if (table == 0) return -1;
  const auto begin = functions_.table_offset() + functions_.layout().program_counters;
  const auto end = functions_.table_offset() + functions_.layout().records;
  GoCounterTable values(reader_, begin + table, end, quantum_);
  while (values.next())
    if (offset < values.until()) return values.value();
  return -1;
}

std::string GoPositions::file_name(std::uint32_t unit, std::int32_t number) {
  const auto& layout = functions_.layout();
  const auto place =
      layout.units + 4 * (static_cast<std::uint64_t>(unit) + static_cast<std::uint64_t>(number));
  if (place + 4 > layout.files) return "?";
  const auto word = reader_.at(functions_.table_offset() + place, 4);
  if (word.size() < 4) return "?";
  const auto offset = static_cast<std::uint32_t>(number_in(word, 0, 4, elf_.is_little_endian));
  return offset == no_file ? "?" : text(layout.files, layout.program_counters, offset);
}

std::string GoPositions::text(std::uint64_t begin, std::uint64_t end, std::uint64_t offset) {
  if (offset >= end - begin) return "?";
  const auto room = std::min<std::uint64_t>(end - begin - offset, GoFunctions::longest_name);
  return std::string(
      reader_.text_at(functions_.table_offset() + begin + offset, static_cast<std::size_t>(room)));
}

// runtime.inlinedCall: in Go 1.20 it lost the place of the call, which parentPc tells as well.
std::optional<GoPositions::Inlined> GoPositions::inlined_at(const GoFunctionRecord& record,
                                                            std::uint64_t offset) {
  if (!data_ || record.values.size() <= inline_tree_values || record.data.size() <= inline_tree_data ||
      record.data[inline_tree_data] == GoFunctionRecord::no_data)
    return std::nullopt;
  const auto index = value(record.values[inline_tree_values], offset);
  const auto tree = elf_.offset_of(*data_ + record.data[inline_tree_data]);
  if (index < 0 || !tree) return std::nullopt;
  const bool is_old = functions_.is_before_1_20();
  const std::uint64_t size = is_old ? 20 : 16;
  const std::size_t name = is_old ? 12 : 4;
  const auto entry =
      reader_.at(*tree + static_cast<std::uint64_t>(index) * size, static_cast<std::size_t>(size));
  if (entry.size() < size)
    throw Error(ErrorKind::integrity, "Go's function table is broken: the record of an inlined call is cut");
  const auto name_offset = number_in(entry, name, 4, elf_.is_little_endian);
  const auto caller = number_in(entry, name + 4, 4, elf_.is_little_endian);
  return Inlined{text(functions_.layout().names, functions_.layout().units, name_offset), caller};
}

}  // namespace whittle::binaries
