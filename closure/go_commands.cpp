#include "closure/go_commands.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "binaries/fields.hpp"
#include "binaries/go_functions.hpp"
#include "common/error.hpp"

namespace whittle::closure {
namespace {

using binaries::number_in;

constexpr std::uint16_t amd64 = 62;
constexpr std::uint16_t arm64 = 183;
constexpr std::size_t block = 64U << 10U;
constexpr std::size_t look_back = 96;  // bytes of code before a call in which its arguments are set
constexpr std::size_t longest_name = 256;
constexpr std::size_t most_names = 1'000;

// The functions, and which of their arguments the name is: it stands in that integer register and its length
// in the next (Go's ABIInternal: RAX, RBX, RCX, RDI; R0, R1, …). A context takes two.
struct Callee {
  std::string_view name;
  unsigned argument;
};
constexpr std::array<Callee, 4> callees = {{{"os/exec.Command", 0},
                                            {"os/exec.LookPath", 0},
                                            {"os/exec.lookPath", 0},  // the same, inlined
                                            {"os/exec.CommandContext", 2}}};

struct Argument {
  std::optional<std::uint64_t> address = {};
  std::optional<std::uint64_t> length = {};
};

std::uint64_t extended(std::uint64_t value, unsigned bits) {
  const auto sign = std::uint64_t{1} << (bits - 1);
  return (value ^ sign) - sign;
}

// LEAQ d(RIP), RAX or RCX; MOVL $n, EBX or EDI. The last of each before the call counts.
Argument argument_on_amd64(std::string_view code, std::uint64_t address, unsigned argument) {
  const std::string_view load = argument == 0 ? "\x48\x8d\x05" : "\x48\x8d\x0d";
  const char set = argument == 0 ? '\xbb' : '\xbf';
  Argument found;
  for (std::size_t at = 0; at + 7 <= code.size(); ++at)
    if (code.substr(at).starts_with(load))
      found.address = address + at + 7 + extended(number_in(code, at + 3, 4, true), 32);
  for (std::size_t at = 0; at + 5 <= code.size(); ++at)
    if (code[at] == set) {
      const auto value = number_in(code, at + 1, 4, true);
      if (value > 0 && value <= longest_name) found.length = value;
    }
  return found;
}

// The value of a logical immediate (Arm ARM, DecodeBitMasks) of one run of ones over 64 bits.
std::uint64_t mask_of(std::uint32_t instruction) {
  const auto ones = (instruction >> 10U & 0x3fU) + 1;
  const auto rotation = static_cast<int>(instruction >> 16U & 0x3fU);
  const auto run = ones == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << ones) - 1;
  return std::rotr(run, rotation);
}

// ADRP and ADD; MOVZ, or ORR with the zero register.
Argument argument_on_arm64(std::string_view code, std::uint64_t address, unsigned argument) {
  Argument found;
  std::uint64_t page = 0;
  const auto length_register = argument + 1;
  for (std::size_t at = 0; at + 4 <= code.size(); at += 4) {
    const auto instruction = static_cast<std::uint32_t>(number_in(code, at, 4, true));
    const auto target = instruction & 0x1fU;
    if ((instruction & 0x9f000000U) == 0x90000000U && target == argument) {
      const auto pages = (instruction >> 5U & 0x7ffffU) << 2U | (instruction >> 29U & 3U);
      page = ((address + at) & ~std::uint64_t{0xfff}) + (extended(pages, 21) << 12U);
    }
    if ((instruction & 0xffc00000U) == 0x91000000U && target == argument &&
        (instruction >> 5U & 0x1fU) == argument)
      found.address = page + (instruction >> 10U & 0xfffU);
    if (target != length_register) continue;
    if ((instruction & 0xffe00000U) == 0xd2800000U) found.length = instruction >> 5U & 0xffffU;
    if ((instruction & 0xffc003e0U) == 0xb24003e0U) found.length = mask_of(instruction);
  }
  return found;
}

class CommandReader {
 public:
  CommandReader(const binaries::RandomAccess& file, const binaries::Elf& elf) : file_(file), elf_(elf) {}

  GoCommands read() {
    if (find_callees())
      for (const auto& section : elf_.sections)
        if (section.name == ".text") read_code(section);
    return std::move(found_);
  }

 private:
  // False when none is there. Calls from os/exec itself hand on what others gave.
  bool find_callees() {
    const auto functions = binaries::GoFunctions::read(file_, elf_);
    if (!functions) return false;
    binaries::GoFunctions::Names names(*functions);
    for (std::size_t i = 0; i < functions->count(); ++i) {
      const auto name = names[i];
      if (!name.starts_with("os/exec.")) continue;
      own_begin_ = std::min(own_begin_, (*functions)[i].entry);
      own_end_ = std::max(own_end_, (*functions)[i].end);
      for (const auto& callee : callees)
        if (callee.name == name) callees_.emplace((*functions)[i].entry, callee.argument);
    }
    return !callees_.empty();
  }

  void read_code(const binaries::ElfSection& text) {
    const bool wide = elf_.machine == arm64;
    const std::size_t size = wide ? 4 : 5;
    for (std::uint64_t at = 0; at < text.size; at += block) {
      const auto before = std::min<std::uint64_t>(at, look_back);
      const auto code =
          file_.read(text.offset + at - before, static_cast<std::size_t>(before) + block + size - 1);
      const auto address = text.address + at - before;
      const auto end =
          std::min<std::uint64_t>(code.size(), before + std::min<std::uint64_t>(block, text.size - at));
      for (auto i = static_cast<std::size_t>(before); i + size <= code.size() && i < end; i += wide ? 4 : 1)
        if (const auto target = call_target(code, i, address + i))
          if (const auto callee = callees_.find(*target); callee != callees_.end())
            take_call(code, i, address, callee->second);
    }
  }

  std::optional<std::uint64_t> call_target(std::string_view code, std::size_t at,
                                           std::uint64_t address) const {
    if (elf_.machine == amd64) {
      if (code[at] != '\xe8') return std::nullopt;
      return address + 5 + extended(number_in(code, at + 1, 4, true), 32);
    }
    if ((address & 3U) != 0) return std::nullopt;
    const auto instruction = number_in(code, at, 4, true);
    if (instruction >> 26U != 0x25U) return std::nullopt;  // BL
    return address + (extended(instruction & 0x3ffffffU, 26) << 2U);
  }

  void take_call(std::string_view code, std::size_t at, std::uint64_t address, unsigned argument) {
    if (address + at >= own_begin_ && address + at < own_end_) return;
    auto begin = at - std::min(at, look_back);
    for (auto i = begin; i < at; ++i)  // behind another call nothing is left in the registers
      if (const auto target = call_target(code, i, address + i); target && is_code(*target)) begin = i + 4;
    const auto before = code.substr(begin, at - begin);
    const auto found = elf_.machine == amd64 ? argument_on_amd64(before, address + begin, argument)
                                             : argument_on_arm64(before, address + begin, argument);
    const auto name = found.address && found.length ? text_at(*found.address, *found.length) : std::string();
    if (name.empty()) {
      found_.computes_some = true;
    } else if (found_.names.size() < most_names) {
      found_.names.insert(name);
    }
  }

  bool is_code(std::uint64_t address) const {
    const auto* text = elf_.section(".text");
    return text != nullptr && address >= text->address && address - text->address < text->size;
  }

  std::string text_at(std::uint64_t address, std::uint64_t length) const {
    const auto offset = elf_.offset_of(address);
    if (!offset || length > longest_name) return {};
    auto text = file_.read(*offset, static_cast<std::size_t>(length));
    const bool is_name = std::all_of(text.begin(), text.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
             std::string_view("/._+-").find(c) != std::string_view::npos;
    });
    return is_name && text.size() == length ? text : std::string();
  }

  const binaries::RandomAccess& file_;
  const binaries::Elf& elf_;
  GoCommands found_ = {};
  std::map<std::uint64_t, unsigned> callees_ = {};
  std::uint64_t own_begin_ = ~std::uint64_t{0};
  std::uint64_t own_end_ = 0;
};

}  // namespace

GoCommands read_go_commands(const binaries::RandomAccess& file, const binaries::Elf& elf) {
  if (!elf.is_little_endian || (elf.machine != amd64 && elf.machine != arm64)) return {};
  try {
    return CommandReader(file, elf).read();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity && error.kind() != ErrorKind::limit) throw;
    return {};
  }
}

}  // namespace whittle::closure
