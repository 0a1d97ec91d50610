#include "tests/support/small_program.hpp"

namespace whittle::test {
namespace {

std::string build_info(const SmallProgram& program) {
  std::string record("\xff Go buildinf:\x08\x02", 16);
  record.resize(32);
  const auto described = std::string(16, '<') + program.modules + program.settings + std::string(16, '>');
  for (const auto& text : {program.version, described}) {
    auto length = text.size();
    for (; length >= 0x80; length >>= 7U) record += static_cast<char>((length & 0x7fU) | 0x80U);
    record += static_cast<char>(length);
    record += text;
  }
  return record;
}

}  // namespace

void put_number(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xffU);
}

std::string SmallProgram::bytes() const {
  std::string file(
      "\x7f"
      "ELF\x02\x01\x01",
      7);
  file.resize(8192);
  put_number(file, 16, 2, 2);
  put_number(file, 18, machine, 2);
  put_number(file, 32, 64, 8);
  put_number(file, 54, 56, 2);
  put_number(file, 56, segments.size(), 2);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto at = 64 + 56 * i;
    put_number(file, at, segments[i].type, 4);
    put_number(file, at + 4, segments[i].flags, 4);
    put_number(file, at + 8, segments[i].offset, 8);
    put_number(file, at + 16, address + segments[i].offset, 8);
    put_number(file, at + 32, segments[i].size, 8);
    put_number(file, at + 40, segments[i].size, 8);
  }
  const auto record = build_info(*this);
  file.replace(record_at, record.size(), record);
  for (const auto& [at, text] : patches) file.replace(at, text.size(), text);
  return file;
}

}  // namespace whittle::test
