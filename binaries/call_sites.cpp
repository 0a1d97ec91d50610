#include "binaries/call_sites.hpp"

#include <string>

#include "binaries/fields.hpp"

namespace whittle::binaries {
namespace {

constexpr std::uint16_t amd64 = 62;
constexpr std::uint16_t arm64 = 183;
constexpr std::size_t longest_call = 7;  // of those without a prefix

// How long `ff /2` is with that ModRM byte and, if there is one, SIB byte (Intel SDM 2, 2.1.5); 0 when it is
// no call.
std::size_t size_of_call(unsigned char modrm, unsigned char sib) {
  constexpr unsigned call = 2;
  if ((modrm >> 3U & 7U) != call) return 0;
  const unsigned mode = modrm >> 6U;
  const unsigned base = modrm & 7U;
  if (mode == 3) return 2;
  const bool has_sib = base == 4;
  std::size_t size = has_sib ? 3 : 2;
  if (mode == 1) size += 1;
  if (mode == 2 || (mode == 0 && (base == 5 || (has_sib && (sib & 7U) == 5)))) size += 4;
  return size;
}

bool ends_in_call_amd64(const std::string& code) {
  const auto byte = [&](std::size_t from_end) {
    return static_cast<unsigned char>(code[code.size() - from_end]);
  };
  if (code.size() >= 5 && byte(5) == 0xe8) return true;
  for (std::size_t size = 2; size <= longest_call && size <= code.size(); ++size)
    if (byte(size) == 0xff && size_of_call(byte(size - 1), size > 2 ? byte(size - 2) : 0) == size)
      return true;
  return false;
}

// BL and BLR (Arm ARM, C6.2).
bool is_call_arm64(std::uint64_t word) {
  return (word & 0xfc000000U) == 0x94000000U || (word & 0xfffffc1fU) == 0xd63f0000U;
}

}  // namespace

std::optional<bool> follows_call(const RandomAccess& file, const Elf& elf, std::uint64_t address) {
  if ((elf.machine != amd64 && elf.machine != arm64) || address < longest_call) return std::nullopt;
  const std::size_t size = elf.machine == amd64 ? longest_call : 4;
  const auto offset = elf.offset_of(address - size);
  if (!offset) return std::nullopt;
  const auto code = file.read(*offset, size);
  if (code.size() < size) return std::nullopt;
  return elf.machine == amd64 ? ends_in_call_amd64(code)
                              : is_call_arm64(number_in(code, 0, 4, elf.is_little_endian));
}

}  // namespace whittle::binaries
