#include "binaries/go_function_records.hpp"

#include "binaries/fields.hpp"

namespace whittle::binaries {
namespace {

constexpr std::uint32_t most_tables = 64;  // of one function: today it has five

}  // namespace

// The fixed part, and two counts behind it. In Go 1.20 the line where a function begins came in between.
GoFunctionRecords::GoFunctionRecords(const RandomAccess& file, const Elf& elf, const GoFunctions& functions)
    : little_(elf.is_little_endian),
      functions_(functions),
      fixed_(functions.is_before_1_20() ? 40 : 44),
      begin_(functions.table_offset() + functions.layout().records),
      end_(functions.table_offset() + functions.table_size()),
      index_(file),
      records_(file) {}

const GoFunctionRecord* GoFunctionRecords::read(std::size_t function) {
  const auto word = [this](std::string_view bytes, std::size_t offset) {
    return static_cast<std::uint32_t>(number_in(bytes, offset, 4, little_));
  };
  const auto place = index_.at(begin_ + function * 8 + 4, 4);
  if (place.size() < 4) return nullptr;
  record_.offset = begin_ + word(place, 0);
  const auto header = records_.at(record_.offset, fixed_);
  if (header.size() < fixed_ || record_.offset + fixed_ > end_) return nullptr;
  const auto values = word(header, 28);
  const auto data = static_cast<std::uint32_t>(static_cast<unsigned char>(header[fixed_ - 1]));
  if (values > most_tables || data > most_tables) return nullptr;
  record_.size = fixed_ + 4ULL * values + 4ULL * data;
  const auto bytes = records_.at(record_.offset, static_cast<std::size_t>(record_.size));
  if (bytes.size() < record_.size || record_.offset + record_.size > end_) return nullptr;
  record_.stack = word(bytes, 16);
  record_.files = word(bytes, 20);
  record_.lines = word(bytes, 24);
  record_.unit = word(bytes, 32);
  record_.values.clear();
  record_.data.clear();
  for (std::size_t i = 0; i < values; ++i) record_.values.push_back(word(bytes, fixed_ + i * 4));
  for (std::size_t i = 0; i < data; ++i) record_.data.push_back(word(bytes, fixed_ + (values + i) * 4));
  return &record_;
}

std::uint64_t GoFunctionRecords::index_end() const {
  return begin_ + functions_.count() * 8 + 4;
}

}  // namespace whittle::binaries
