#include "binaries/call_sites.hpp"

#include <gtest/gtest.h>

#include <string>

namespace whittle::binaries {
namespace {

using namespace std::string_literals;

std::optional<bool> after(const std::string& code, std::uint16_t machine) {
  const auto bytes = std::string(8, '\x90') + code;
  Elf elf;
  elf.machine = machine;
  elf.segments.push_back({1, 5, 0, 0x1000, bytes.size(), bytes.size()});
  return follows_call(MemoryAccess(bytes), elf, 0x1000 + bytes.size());
}

TEST(CallSites, OfAmd64) {
  constexpr std::uint16_t amd64 = 62;
  EXPECT_EQ(after("\xe8\x01\x02\x03\x04"s, amd64), true);          // call rel32
  EXPECT_EQ(after("\xff\xd0"s, amd64), true);                      // call *%rax
  EXPECT_EQ(after("\xff\x12"s, amd64), true);                      // call *(%rdx)
  EXPECT_EQ(after("\xff\x52\x18"s, amd64), true);                  // call *0x18(%rdx)
  EXPECT_EQ(after("\xff\x54\x24\x08"s, amd64), true);              // call *8(%rsp)
  EXPECT_EQ(after("\xff\x90\x00\x01\x00\x00"s, amd64), true);      // call *0x100(%rax)
  EXPECT_EQ(after("\xff\x15\x00\x01\x00\x00"s, amd64), true);      // call *0x100(%rip)
  EXPECT_EQ(after("\xff\x94\x24\x00\x01\x00\x00"s, amd64), true);  // call *0x100(%rsp)
  EXPECT_EQ(after("\x48\x8b\x00"s, amd64), false);                 // mov (%rax),%rax
  EXPECT_EQ(after("\xff\xe0"s, amd64), false);                     // jmp *%rax
  EXPECT_EQ(after("\xff\x00"s, amd64), false);                     // incl (%rax)
}

TEST(CallSites, OfArm64) {
  constexpr std::uint16_t arm64 = 183;
  EXPECT_EQ(after("\x01\x00\x00\x94"s, arm64), true);   // bl
  EXPECT_EQ(after("\x40\x03\x3f\xd6"s, arm64), true);   // blr x26
  EXPECT_EQ(after("\x00\x00\x40\xf9"s, arm64), false);  // ldr x0, [x0]
  EXPECT_EQ(after("\x01\x00\x00\x14"s, arm64), false);  // b
}

TEST(CallSites, NothingIsKnownOfOtherMachinesAndPlaces) {
  EXPECT_EQ(after("\xe8\x01\x02\x03\x04"s, 243), std::nullopt);
  Elf elf;
  elf.machine = 62;
  EXPECT_EQ(follows_call(MemoryAccess("code"), elf, 0x1000), std::nullopt);
  EXPECT_EQ(follows_call(MemoryAccess("code"), elf, 0), std::nullopt);
}

}  // namespace
}  // namespace whittle::binaries
