#include "running/posix_acl.hpp"

#include <gmock/gmock.h>

namespace whittle::running {
namespace {

using namespace std::string_literals;

constexpr IdRange ids{0x70000000, 65536};

// An entry of a list: tag and rights, then the id.
std::string entry(char tag, const std::string& id) {
  return tag + "\0\x06\0"s + id;
}
const std::string version = "\x02\0\0\0"s;
const std::string none = "\xff\xff\xff\xff"s;

TEST(PosixAcl, UsersAndGroupsAreThoseOutside) {
  const auto list = version + entry(0x01, none) + entry(0x02, "\xd2\x04\0\0"s) + entry(0x04, none) +
                    entry(0x08, "\x05\0\0\0"s) + entry(0x10, none) + entry(0x20, none);
  EXPECT_EQ(acl_outside(list, ids), version + entry(0x01, none) + entry(0x02, "\xd2\x04\0\x70"s) +
                                        entry(0x04, none) + entry(0x08, "\x05\0\0\x70"s) + entry(0x10, none) +
                                        entry(0x20, none));
  // One that the container lacks is its nobody.
  EXPECT_EQ(acl_outside(version + entry(0x02, "\0\0\x01\0"s), ids), version + entry(0x02, "\xfe\xff\0\x70"s));
}

TEST(PosixAcl, WhatIsNoListStaysAsItIs) {
  for (const auto& bytes :
       {""s, "\x02\0\0"s, version, version + "\x02\0\x06\0"s, "\x03\0\0\0"s + entry(0x02, "\xd2\x04\0\0"s)})
    EXPECT_EQ(acl_outside(bytes, ids), bytes);
}

TEST(PosixAcl, IsInTwoAttributes) {
  EXPECT_TRUE(holds_acl("system.posix_acl_access"));
  EXPECT_TRUE(holds_acl("system.posix_acl_default"));
  EXPECT_FALSE(holds_acl("user.posix_acl_access"));
}

}  // namespace
}  // namespace whittle::running
