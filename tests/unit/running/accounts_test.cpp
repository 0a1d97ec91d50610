#include "running/accounts.hpp"

#include <gmock/gmock.h>

#include "tests/support/failure.hpp"

namespace whittle::running {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::optional<std::string> passwd =
    "root:x:0:0:root:/root:/bin/sh\nbroken\n:x:1:1::/:\nbig:x:99999999999:1::/:\napp:x:1000:100:App:/home/"
    "app:/bin/sh\n"
    "app:x:7:7::/second:/bin/sh\nbare:x:8:9";
const std::optional<std::string> group =
    "root:x:0:\nstaff:x:50:app,other\nwheel:x:10:app\napp:x:100:app\nbad:x:no:app\n";

TEST(Accounts, ANumberNeedsNoEntry) {
  EXPECT_EQ(account_of("65532", std::nullopt, std::nullopt), (Account{65532, 0, {}, ""}));
  EXPECT_EQ(account_of("", std::nullopt, std::nullopt), (Account{0, 0, {}, ""}));
  EXPECT_EQ(account_of("12:34", passwd, group), (Account{12, 34, {}, ""}));
}

TEST(Accounts, AnEntryBringsItsGroupsAndItsHome) {
  EXPECT_EQ(account_of("app", passwd, group), (Account{1000, 100, {10, 50}, "/home/app"}));
  EXPECT_EQ(account_of("1000", passwd, group), (Account{1000, 100, {10, 50}, "/home/app"}));
  EXPECT_EQ(account_of("bare", passwd, group), (Account{8, 9, {}, ""}));
}

TEST(Accounts, AGroupThatIsNamedIsTheOnlyOne) {
  EXPECT_EQ(account_of("app:staff", passwd, group), (Account{1000, 50, {}, "/home/app"}));
  EXPECT_EQ(account_of("app:", passwd, group).gid, 100U);
}

TEST(Accounts, Hostile090_WhatIsNotThereOrNoNumberIsRefused) {
  EXPECT_THAT(test::failure([] { account_of("nobody", passwd, group); }),
              HasSubstr("not-found: the image's user \"nobody\" is not in its /etc/passwd"));
  EXPECT_THAT(test::failure([] { account_of("big", passwd, group); }), HasSubstr("not in its /etc/passwd"));
  EXPECT_THAT(test::failure([] { account_of("app:nogroup", passwd, group); }),
              HasSubstr("not in its /etc/group"));
  EXPECT_THAT(test::failure([] { account_of("4294967296", passwd, group); }), HasSubstr("unsupported"));
  EXPECT_THAT(test::failure([] { account_of("1:2147483648", passwd, group); }), HasSubstr("unsupported"));
}

}  // namespace
}  // namespace whittle::running
