#include "optimizer/spec_edit.hpp"

#include <gtest/gtest.h>

#include <string>

#include "common/error.hpp"

namespace whittle::optimizer {
namespace {

const SpecEdit profile{"api", 0, "profile", "small", {}, {}};
const SpecEdit level{"api", {}, "compression", "{format: gzip, level: smallest}", "level", "smallest"};

std::string edited(const std::string& images, const std::vector<SpecEdit>& edits) {
  const std::string head = "version: 1\nimages:\n";
  const auto text = with_edits(head + images, "whittle.yaml", edits);
  return text.starts_with(head) ? text.substr(head.size()) : "the head changed: " + text;
}

TEST(SpecEdit, AValueIsReplacedAndNothingElse) {
  EXPECT_EQ(edited("  api:\n    # for gdb\n    profile: debug   # once\n    main: ./cmd/api\n", {profile}),
            "  api:\n    # for gdb\n    profile: small   # once\n    main: ./cmd/api\n");
  EXPECT_EQ(edited("  api: {main: ./cmd/api, profile: \"debug\"}", {profile}),
            "  api: {main: ./cmd/api, profile: small}");
}

TEST(SpecEdit, AKeyThatIsNotThereComesBehindTheMain) {
  EXPECT_EQ(edited("  api:\n      base: scratch\n      main: ./cmd/api # the only one\n\n      user: root\n",
                   {profile}),
            "  api:\n      base: scratch\n      main: ./cmd/api # the only one\n      profile: small\n\n     "
            " user: root\n");
  EXPECT_EQ(edited("  api:\n    main: ./cmd/api", {profile}),
            "  api:\n    main: ./cmd/api\n    profile: small");
  EXPECT_EQ(edited("  api: {main: ./cmd/api}\n", {profile}), "  api: {profile: small, main: ./cmd/api}\n");
}

TEST(SpecEdit, AnAnchorThatNobodyUsesIsNoHindrance) {
  EXPECT_EQ(edited("  api: &a {main: .}\n", {profile}), "  api: &a {profile: small, main: .}\n");
  EXPECT_EQ(edited("  api: &a # first\n    main: .\n", {profile}),
            "  api: &a # first\n    main: .\n    profile: small\n");
}

TEST(SpecEdit, BinariesHaveTheirOwn) {
  EXPECT_EQ(edited("  api:\n    binaries:\n      - main: ./a\n        profile: debug\n      - main: ./b\n",
                   {{"api", 0, "profile", "small", {}, {}}, {"api", 1, "profile", "small", {}, {}}}),
            "  api:\n    binaries:\n      - main: ./a\n        profile: small\n      - main: ./b\n        "
            "profile: small\n");
  EXPECT_EQ(edited("  api:\n    binaries:\n      - main: ./a\n", {level}),
            "  api:\n    compression: {format: gzip, level: smallest}\n    binaries:\n      - main: ./a\n");
}

TEST(SpecEdit, AMappingGetsTheInnerKey) {
  EXPECT_EQ(edited("  api:\n    main: .\n    compression: gzip\n", {level}),
            "  api:\n    main: .\n    compression: {format: gzip, level: smallest}\n");
  EXPECT_EQ(edited("  api:\n    main: .\n    compression: {format: gzip}\n", {level}),
            "  api:\n    main: .\n    compression: {level: smallest, format: gzip}\n");
  EXPECT_EQ(edited("  api:\n    main: .\n    compression:\n      format: gzip\n      level: fast # for now\n",
                   {level}),
            "  api:\n    main: .\n    compression:\n      format: gzip\n      level: smallest # for now\n");
}

TEST(SpecEdit, ColumnsCountCharacters) {
  EXPECT_EQ(edited("  api: {labels: {ä: öü}, profile: debug, main: .}\n", {profile}),
            "  api: {labels: {ä: öü}, profile: small, main: .}\n");
}

TEST(SpecEdit, OtherLineEndsStay) {
  EXPECT_EQ(edited("  api:\r\n    profile: debug\r\n    main: .\r\n", {profile}),
            "  api:\r\n    profile: small\r\n    main: .\r\n");
  EXPECT_EQ(edited("  api:\r    main: .\r    user: root\n", {profile}),
            "  api:\r    main: .\n    profile: small\r    user: root\n");
}

void expect_refused(const std::string& images, const std::string& where) {
  try {
    edited(images, {profile});
    ADD_FAILURE() << "it was changed";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::spec);
    EXPECT_TRUE(error.message().starts_with("whittle.yaml:" + where + ":")) << error.message();
    ASSERT_EQ(error.hints().size(), 1U);
  }
}

TEST(SpecEdit, WhatIsSharedIsLeftToTheUser) {
  expect_refused("  api: &a {main: ., profile: debug}\n  web: *a\n", "3:3");
  expect_refused("  api: {main: ., profile: &p debug}\n  web: {main: ./b, profile: *p}\n", "3:18");
}

TEST(SpecEdit, AValueOfSeveralLinesIsLeftToTheUser) {
  expect_refused("  api:\n    main: .\n    profile: >-\n      debug\n", "5:14");
  expect_refused("  api:\n    main: .\n    profile: \"de\\x62ug\"\n", "5:14");
}

}  // namespace
}  // namespace whittle::optimizer
