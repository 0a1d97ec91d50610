#include "evidence/licence.hpp"

#include <gmock/gmock.h>

namespace whittle::evidence {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(Licence, NamesOfDebianAndSpdxBecomeExpressions) {
  EXPECT_EQ(licence_expression("MIT"), "MIT");
  EXPECT_EQ(licence_expression("gpl-2+"), "GPL-2.0-or-later");
  EXPECT_EQ(licence_expression("GPL-2.0-only AND MIT"), "GPL-2.0-only AND MIT");
  EXPECT_EQ(licence_expression("GPL-2+ or Artistic, and BSD-3-clause"),
            "(GPL-2.0-or-later OR Artistic-1.0-Perl) AND BSD-3-Clause");
  EXPECT_EQ(licence_expression("(MIT or ISC) and Zlib"), "(MIT OR ISC) AND Zlib");
  EXPECT_EQ(licence_expression("GPL-2.0-only WITH Linux-syscall-note"),
            "GPL-2.0-only WITH Linux-syscall-note");
}

TEST(Licence, WhatSpdxDoesNotHaveIsAReference) {
  EXPECT_EQ(licence_expression("public-domain"), "LicenseRef-public-domain");
  EXPECT_EQ(licence_expression("BSD-3-clause and foo/bar+"), "BSD-3-Clause AND LicenseRef-foo-bar-or-later");
  EXPECT_EQ(licence_expression("GPL-3+ with Odd exception"), "LicenseRef-GPL-3-or-later-with-Odd-exception");
  EXPECT_EQ(licence_expression("LicenseRef-x"), "LicenseRef-x");
  EXPECT_THAT(licence_references("MIT AND (LicenseRef-a OR LicenseRef-b.c)"),
              ElementsAre(Pair("LicenseRef-a", "a"), Pair("LicenseRef-b.c", "b.c")));
}

TEST(Licence, WhatIsNoListIsNothing) {
  for (const auto* text : {"", "(", "MIT and", "or", "MIT ISC", "a)", "MIT,", "\x1b[31m", "Übung"})
    EXPECT_EQ(licence_expression(text), "") << text;
  EXPECT_EQ(licence_expression(std::string(2000, '(')), "");
  EXPECT_EQ(licence_expression(std::string(10'000, 'a')), "");
}

TEST(Licence, OfAMachineReadableCopyright) {
  EXPECT_EQ(licence_of_copyright("Format: https://example.com/1.0\nLicense: MIT\n\nFiles: *\nCopyright: "
                                 "x\nLicense: GPL-2+\n text\n\n"
                                 "Files: debian/*\nLicense: Expat or ISC\n\nLicense: GPL-2+\n the text\n"),
            "GPL-2.0-or-later AND (MIT OR ISC)");
  EXPECT_EQ(licence_of_copyright("Format: x\nLicense: MIT\n"), "MIT");
  EXPECT_EQ(licence_of_copyright("This package was debianized by somebody.\n\nIt is free.\n"), "");
  EXPECT_EQ(licence_of_copyright("License: MIT\n"), "");
}

}  // namespace
}  // namespace whittle::evidence
