#include "builder/go_outline.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace whittle::builder {
namespace {

// Heads of every form; each ends with its last import's line, or the package clause's.
const std::vector<std::string> heads = {
    "package a\n",
    "package a // import \"example.com/a\"\n",
    "package a; import \"b\"; import \"c\"\n",
    "\xef\xbb\xbfpackage a\n\nimport \"b\"\n",
    "// Copyright.\n\n//go:build linux && !cgo\n// +build linux\n\n// Package a.\npackage a\n\nimport "
    "\"b\"\n",
    "/* package z\nimport \"no\" */ package /* a */ a\nimport /* x */ \"b\" // y\n",
    "//go:debug panicnil=1\n//line x.go:1\npackage main\nimport (\n)\n",
    "package a\n\nimport (\n\t\"b\"\n\tc \"d\" // \")\"\n\t. \"e\"\n\t_ \"f\"\n\tg`h`;\"i\"\n)\n\nimport j "
    "\"k\"\n",
    "package a\r\n\r\nimport (\r\n\t\"b\"\r\n)\r\n",
    "package a\n\n// #include <stdio.h>\n// int x = '\"';\nimport \"C\"\n",
    "package a\n\n/*\n#cgo LDFLAGS: -lm\nint f(void) { return 1; } // import\n*/\nimport \"C\"\nimport "
    "\"unsafe\"\n",
    "package a\nimport \"with\\\"quote\\\\\"\nimport `raw\"\\`\n",
    "package \xc3\xa4\nimport \xc3\xb6 \"b\"\n",
    "package imports\nimport\"b\"\n",
};

const std::string body = "\nfunc f() string {\n\treturn \"x\" // y\n}\n";

TEST(GoOutline, EndsWithTheImports) {
  for (const auto& head : heads) {
    const auto outline = outline_of(head + body);
    for (const auto* other :
         {"", "\n", "\nvar x = `\nimport \"z\"\n`\n", "\nfunc f() { /* import \"z\" */ }\n",
          "\n// import \"z\"\nconst c = 'i'\n", "\nfunc f() { g(\"import \\\"z\\\"\") }\n", "importx\n",
          "\n/* import \"z\" */\nvar importer int\n"})
      EXPECT_EQ(outline_of(head + other), outline) << head << other;
  }
}

TEST(GoOutline, CountsEveryByteOfTheHead) {
  for (const auto& head : heads) {
    const std::string source = head + body;
    const auto outline = outline_of(source);
    for (std::size_t at = 0; at < head.size(); ++at) {
      for (const char other : {'x', ' ', '\n', '"', '/'}) {
        std::string edited = source;
        edited[at] = other;
        EXPECT_EQ(outline_of(edited) == outline, edited == source) << at << " became " << other << " in\n"
                                                                   << source;
      }
    }
    for (std::size_t at = 0; at + 1 < head.size(); ++at)
      EXPECT_NE(outline_of(source.substr(0, at) + source.substr(at + 1)), outline) << at << " taken out of\n"
                                                                                   << source;
  }
}

TEST(GoOutline, OfAFileCutAnywhere) {
  for (const auto& head : heads) {
    const std::string source = head + body;
    const auto outline = outline_of(source);
    for (std::size_t length = 0; length < head.size(); ++length)
      EXPECT_NE(outline_of(source.substr(0, length)), outline) << length << " of\n" << source;
    for (std::size_t length = head.size(); length < source.size(); ++length)
      EXPECT_EQ(outline_of(source.substr(0, length)), outline) << length << " of\n" << source;
  }
}

TEST(GoOutline, AddedImportsCount) {
  for (const auto& head : heads) {
    const auto outline = outline_of(head + body);
    for (const auto* added :
         {"import \"z\"\n", "\n\n// More.\nimport \"z\"\n", "/* x */ import(\"z\")\n", ";;import z `z`\n",
          "/*\n*/\n/**/import . \"z\"\n", "import \"C\"\n", "// //\nimport\n\"z\"\n"})
      EXPECT_NE(outline_of(head + added + body), outline) << head << added;
  }
}

// What was a comment becomes an import, without a change to the imports before it.
TEST(GoOutline, UncommentedImportsCount) {
  const std::string before = "package a\n\nimport \"b\"\n\n";
  EXPECT_NE(outline_of(before + "import \"c\"\n"), outline_of(before + "// import \"c\"\n"));
  EXPECT_NE(outline_of(before + "/**/\nimport \"c\"\n/**/\n"), outline_of(before + "/*\nimport \"c\"\n*/\n"));
}

TEST(GoOutline, EmbedDirectivesCountWithAllThatStandsBeforeThem) {
  const std::string head = "package a\n\nimport _ \"embed\"\n\n";
  const std::string source = head + "var x int\n\n//go:embed a.txt\nvar text string\n" + body;
  const auto outline = outline_of(source);
  EXPECT_EQ(outline_of(source + "\nvar y int\n"), outline);
  EXPECT_NE(outline_of(source + "\n//go:embed b.txt\n"), outline);
  EXPECT_NE(outline_of(source + "\n//go:embed b.txt"), outline);
  EXPECT_NE(outline_of(head + "var x int\n\n//go:embed b.txt\nvar text string\n" + body), outline);
  EXPECT_NE(outline_of(head + "var x int\n\nvar text string\n" + body), outline);
  // The line stays as it is, but begins or ceases to be a directive.
  EXPECT_NE(outline_of(head + "var x int /*\n\n//go:embed a.txt\nvar text string\n*/" + body), outline);
  EXPECT_NE(outline_of(head + "var x = `\n\n//go:embed a.txt\nvar text string\n`" + body), outline);
}

TEST(GoOutline, CarriageReturnsHideNothing) {
  const std::string head = "package a\n\nimport _ \"embed\"\n\n";
  EXPECT_NE(outline_of(head + "//go:em\rbed a.txt\nvar text string\n"),
            outline_of(head + "var text string\n"));
  EXPECT_NE(outline_of(head + "//go:em\rbed a.txt\n"), outline_of(head + "//go:em\rbed b.txt\n"));
}

TEST(GoOutline, WhatIsNotUnderstoodIsItsOwnOutline) {
  for (const std::string_view text :
       {"", "func f() {}\n", "package\n", "packages a\n", "package a\n\nimport\n", "package a\nimport x\n",
        "package a\nimport \"b\n\"\n", "package a\nimport `b\n", "package a\nimport (\"b\"\n",
        "package a\nimport (b)\n", "package a\n/* \n", "/* package a\n", "/ package a\n", "package a\n/ b\n",
        "package a\nimport (\"b\", \"c\")\n", "package a\nimport \"b\\"}) {
    const auto outline = outline_of(text);
    EXPECT_EQ(outline_of(text), outline);
    EXPECT_NE(outline_of(std::string(text) + "x"), outline) << text;
  }
  const std::string with_null = std::string("package a /*") + '\0' + "*/\nfunc f() {}\n";
  EXPECT_NE(outline_of(with_null + "x"), outline_of(with_null));
}

TEST(GoOutline, AWholeFileIsNotAnOutlineOfAnother) {
  const std::string start = "package a\nimport \"b\" /*\n";
  EXPECT_NE(outline_of(start), outline_of(start + "*/\nfunc f() {}\n"));
}

TEST(GoOutline, TakesTimeLinearInTheSize) {
  std::string hostile = "package a\nimport (\n";
  for (int i = 0; i < 200'000; ++i) hostile += "/*/**/;`x`\n";
  outline_of(hostile);
  outline_of("package a\n" + std::string(4U << 20U, 'g') + "go:embe");
  outline_of("package a\n" + std::string(4U << 20U, '/'));
}

}  // namespace
}  // namespace whittle::builder
