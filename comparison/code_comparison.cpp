#include "comparison/code_comparison.hpp"

#include <algorithm>
#include <array>

#include "binaries/fields.hpp"

namespace whittle::comparison {
namespace {

constexpr std::uint16_t amd64 = 62;
constexpr std::uint16_t arm64 = 183;

std::uint32_t word_at(std::string_view bytes, std::size_t offset) {
  return static_cast<std::uint32_t>(binaries::number_in(bytes, offset, 4, true));
}

// A number of `bits` bits with its sign.
std::int64_t signed_number(std::uint64_t value, unsigned bits) {
  const auto sign = std::uint64_t{1} << (bits - 1);
  return static_cast<std::int64_t>((value & (sign * 2 - 1)) ^ sign) - static_cast<std::int64_t>(sign);
}

const binaries::ElfSection* section_at(const binaries::Elf& elf, std::uint64_t address) {
  constexpr std::uint64_t loaded = 2;
  for (const auto& section : elf.sections)
    if ((section.flags & loaded) != 0 && address >= section.address &&
        address - section.address < section.size)
      return &section;
  return nullptr;
}

// Of the words of arm64 (Arm ARM, C4.1): calls and jumps, the address of a page, and what completes such an
// address.
bool is_branch(std::uint32_t word) {
  return (word & 0x7c000000U) == 0x14000000U;
}
bool is_page_address(std::uint32_t word) {
  return (word & 0x9f000000U) == 0x90000000U;
}
bool is_add_immediate(std::uint32_t word) {
  return (word & 0x7fc00000U) == 0x11000000U;
}
bool is_load_or_store(std::uint32_t word) {
  return (word & 0x3b000000U) == 0x39000000U;
}

std::uint64_t branch_target(std::uint32_t word, std::uint64_t at) {
  return at + static_cast<std::uint64_t>(signed_number(word & 0x3ffffffU, 26) * 4);
}

std::uint64_t page_of(std::uint32_t word, std::uint64_t at) {
  const std::uint64_t pages = (word >> 5U & 0x7ffffU) << 2U | (word >> 29U & 3U);
  return (at & ~std::uint64_t{0xfff}) + static_cast<std::uint64_t>(signed_number(pages, 21) * 0x1000);
}

// How far into the page: in bytes, or in units of what is loaded.
std::uint64_t offset_in_page(std::uint32_t word) {
  const std::uint64_t immediate = word >> 10U & 0xfffU;
  if (is_add_immediate(word)) return immediate;
  const bool is_vector = (word & 0x04000000U) != 0;
  const unsigned scale = is_vector && (word & 0x00800000U) != 0 ? 4 : word >> 30U;
  return immediate << scale;
}

}  // namespace

bool CodeComparison::same_place(std::uint64_t a, std::uint64_t b) const {
  if (const auto same = same_code_(a, b)) return *same;
  const auto* of_a = section_at(a_, a);
  const auto* of_b = section_at(b_, b);
  return of_a != nullptr && of_b != nullptr && of_a->name == of_b->name;
}

bool CodeComparison::only_moved(const CodeAt& a, const CodeAt& b) const {
  if (a.bytes.size() != b.bytes.size() || a_.machine != b_.machine) return false;
  if (a_.machine == amd64) return amd64_moved(a, b);
  if (a_.machine == arm64 && a_.is_little_endian) return arm64_moved(a, b);
  return false;
}

// Instructions are not decoded: each byte that differs has to lie in four bytes that are an address in both,
// counted from the end of the instruction (0, 1, 2 or 4 bytes of an immediate may follow) or from zero.
bool CodeComparison::amd64_moved(const CodeAt& a, const CodeAt& b) const {
  constexpr std::array<std::uint64_t, 4> behind = {0, 1, 4, 2};
  const auto is_address = [&](std::size_t at) {
    const auto x = signed_number(word_at(a.bytes, at), 32);
    const auto y = signed_number(word_at(b.bytes, at), 32);
    for (const auto more : behind) {
      const auto end = at + 4 + more;
      if (same_place(a.address + end + static_cast<std::uint64_t>(x),
                     b.address + end + static_cast<std::uint64_t>(y)))
        return true;
    }
    return x > 0 && y > 0 && same_place(static_cast<std::uint64_t>(x), static_cast<std::uint64_t>(y));
  };
  for (std::size_t at = 0; at < a.bytes.size();) {
    if (a.bytes[at] == b.bytes[at]) {
      ++at;
      continue;
    }
    bool explained = false;
    for (std::size_t back = 0; back < 4 && !explained; ++back)
      if (at >= back && at - back + 4 <= a.bytes.size() && is_address(at - back)) {
        at = at - back + 4;
        explained = true;
      }
    if (!explained) return false;
  }
  return true;
}

bool CodeComparison::arm64_moved(const CodeAt& a, const CodeAt& b) const {
  struct Pages {
    std::uint64_t a = 0, b = 0;
    bool known = false;
  };
  std::array<Pages, 32> pages;  // by register
  for (std::size_t at = 0; at + 4 <= a.bytes.size(); at += 4) {
    const auto x = word_at(a.bytes, at);
    const auto y = word_at(b.bytes, at);
    if (is_page_address(x) && is_page_address(y) && (x & 0x1fU) == (y & 0x1fU)) {
      pages[x & 0x1fU] = {page_of(x, a.address + at), page_of(y, b.address + at), true};
      continue;
    }
    const auto& base = pages[x >> 5U & 0x1fU];
    constexpr std::uint32_t without_offset = ~(0xfffU << 10U);
    const bool completes = (is_add_immediate(x) || is_load_or_store(x)) && base.known &&
                           (x & without_offset) == (y & without_offset);
    if (completes && base.a != base.b) {
      if (!same_place(base.a + offset_in_page(x), base.b + offset_in_page(y))) return false;
    } else if (x != y) {
      if (completes && same_place(base.a + offset_in_page(x), base.b + offset_in_page(y))) continue;
      const bool branches = is_branch(x) && is_branch(y) && (x & 0x80000000U) == (y & 0x80000000U);
      if (!branches || !same_place(branch_target(x, a.address + at), branch_target(y, b.address + at)))
        return false;
    }
  }
  return true;
}

}  // namespace whittle::comparison
