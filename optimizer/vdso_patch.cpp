#include "optimizer/vdso_patch.hpp"

#include <elf.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace whittle::optimizer {
namespace {

#ifdef __x86_64__
using Code = std::vector<std::uint8_t>;

const char* own_vdso() {
  return reinterpret_cast<const char*>(::getauxval(AT_SYSINFO_EHDR));  // NOLINT
}

template <class Value>
Value at(const char* base, std::uint64_t offset) {
  Value value{};
  std::memcpy(&value, base + offset, sizeof value);
  return value;
}

struct Symbol {
  std::uint64_t entry;     // where the symbol table has it
  std::uint64_t function;  // the function's offset
  std::uint64_t size;
};

// The functions of the vDSO, by name. It is loaded at offset 0 of itself, so that addresses are offsets.
std::multimap<std::string, Symbol, std::less<>> functions_of(const char* vdso) {
  const auto header = at<Elf64_Ehdr>(vdso, 0);
  std::uint64_t symbols = 0;
  std::uint64_t names = 0;
  std::uint64_t hash = 0;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const auto segment = at<Elf64_Phdr>(vdso, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type == PT_LOAD && segment.p_vaddr != 0) return {};
    if (segment.p_type != PT_DYNAMIC) continue;
    for (auto offset = segment.p_offset; at<Elf64_Dyn>(vdso, offset).d_tag != DT_NULL;
         offset += sizeof(Elf64_Dyn)) {
      const auto entry = at<Elf64_Dyn>(vdso, offset);
      if (entry.d_tag == DT_SYMTAB) symbols = entry.d_un.d_ptr;
      if (entry.d_tag == DT_STRTAB) names = entry.d_un.d_ptr;
      if (entry.d_tag == DT_HASH) hash = entry.d_un.d_ptr;
    }
  }
  std::multimap<std::string, Symbol, std::less<>> functions;
  if (symbols == 0 || names == 0 || hash == 0) return functions;
  const auto count = at<std::uint32_t>(vdso, hash + 4);  // of chains: one a symbol (gABI, "Hash Table")
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto entry = symbols + i * sizeof(Elf64_Sym);
    const auto symbol = at<Elf64_Sym>(vdso, entry);
    if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC)
      functions.emplace(vdso + names + symbol.st_name, Symbol{entry, symbol.st_value, symbol.st_size});
  }
  return functions;
}

void append(Code& code, std::initializer_list<std::uint8_t> bytes) {
  code.insert(code.end(), bytes);
}

void append_number(Code& code, std::uint32_t number) {
  for (unsigned bits = 0; bits < 32; bits += 8) code.push_back(static_cast<std::uint8_t>(number >> bits));
}

// mov $call, %eax; syscall; ret
void append_call(Code& code, long call) {
  code.push_back(0xb8);
  append_number(code, static_cast<std::uint32_t>(call));
  append(code, {0x0f, 0x05, 0xc3});
}

VdsoPatch patch(std::uint64_t offset, Code code) {
  code.resize((code.size() + 7) / 8 * 8, 0xcc);
  VdsoPatch result{offset, std::vector<std::uint64_t>(code.size() / 8)};
  std::memcpy(result.words.data(), code.data(), code.size());
  return result;
}
#endif

}  // namespace

#ifdef __x86_64__
std::vector<VdsoPatch> time_of_day_patches(std::int64_t shift) {
  const char* vdso = own_vdso();
  if (vdso == nullptr || shift != static_cast<std::int32_t>(shift)) return {};
  const auto functions = functions_of(vdso);
  const auto clock = functions.find("__vdso_clock_gettime");
  const auto day = functions.find("__vdso_gettimeofday");
  const auto seconds = functions.find("__vdso_time");
  for (const auto& found : {clock, day, seconds})
    if (found == functions.end()) return {};
  // gettimeofday becomes a call, and has room for what comes before clock_gettime.
  constexpr std::uint64_t room = 48;
  constexpr std::uint64_t before_clock = 16;
  if (day->second.size < room || seconds->second.size < 8) return {};
  Code code;
  const auto append_distance = [&] {  // to clock_gettime, from behind these four bytes
    const auto here = day->second.function + code.size() + 4;
    append_number(code, static_cast<std::uint32_t>(clock->second.function - here));
  };
  append_call(code, SYS_gettimeofday);
  code.resize(before_clock, 0xcc);
  append(code, {0x85, 0xff, 0x74, 0x09});        // test %edi, %edi; je 1f: CLOCK_REALTIME
  append(code, {0x83, 0xff, 0x05, 0x0f, 0x85});  // cmp $CLOCK_REALTIME_COARSE, %edi; jne clock_gettime
  append_distance();
  append(code, {0x56, 0xe8});  // 1: push %rsi; call clock_gettime
  append_distance();
  append(code, {0x5e, 0x85, 0xc0, 0x75, 0x07});  // pop %rsi; test %eax, %eax; jne 2f
  append(code, {0x48, 0x81, 0x06});              // addq $shift, (%rsi)
  append_number(code, static_cast<std::uint32_t>(shift));
  code.push_back(0xc3);  // 2: ret
  Code call_time;
  append_call(call_time, SYS_time);
  std::vector<VdsoPatch> patches = {patch(day->second.function, code),
                                    patch(seconds->second.function, call_time)};
  for (const auto* name : {"__vdso_clock_gettime", "clock_gettime"})
    for (auto [at, end] = functions.equal_range(name); at != end; ++at)
      patches.push_back(
          {at->second.entry + offsetof(Elf64_Sym, st_value), {day->second.function + before_clock}});
  return patches;
}

std::vector<std::uint64_t> vdso_header() {
  std::vector<std::uint64_t> words(sizeof(Elf64_Ehdr) / 8);
  if (const char* vdso = own_vdso(); vdso != nullptr) std::memcpy(words.data(), vdso, words.size() * 8);
  return words;
}
#else
std::vector<VdsoPatch> time_of_day_patches(std::int64_t) {
  return {};
}
std::vector<std::uint64_t> vdso_header() {
  return {};
}
#endif

}  // namespace whittle::optimizer
