#include "builder/link_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace whittle::builder {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view told =
    "# example.com/app\n"
    "/usr/lib/gcc/x86_64-linux-gnu/12/../../../x86_64-linux-gnu/crt1.o\n"
    "/tmp/go-link-2328811069/go.o\n"
    "/usr/bin/ld: /tmp/go-link-2328811069/000001.o (symbol from plugin): reference to getaddrinfo\n"
    "/usr/lib/x86_64-linux-gnu/libz.a\n"
    "/usr/bin/ld: /usr/lib/x86_64-linux-gnu/libc.a(getaddrinfo.o): definition of getaddrinfo\n"
    "/usr/bin/ld: /usr/lib/x86_64-linux-gnu/libc.a(setlocale.o): definition of setlocale\n"
    "/tmp/ccQqgiTG.ltrans0.ltrans.o\n"
    "/usr/bin/ld: /tmp/ccQqgiTG.ltrans0.ltrans.o:main.go:16: warning: Using 'getaddrinfo' needs libraries\n";

TEST(LinkReport, NamesLibrariesAndFunctionsOfTheCLibrary) {
  const auto report = read_link_report(told);
  EXPECT_THAT(report.files,
              ElementsAre("/usr/lib/x86_64-linux-gnu/crt1.o", "/usr/lib/x86_64-linux-gnu/libz.a"));
  EXPECT_THAT(report.functions, ElementsAre("getaddrinfo", "setlocale"));
}

TEST(LinkReport, AReferenceThatNothingDefinesIsNoPartOfTheProgram) {
  EXPECT_THAT(
      read_link_report("ld: a.o: reference to dlopen\nld: libc.a(x.o): definition of dlopen2\n").functions,
      IsEmpty());
}

TEST(LinkReport, WhatElseGoSaysStays) {
  EXPECT_EQ(without_link_report(told),
            "# example.com/app\n/usr/bin/ld: /tmp/ccQqgiTG.ltrans0.ltrans.o:main.go:16: warning: Using "
            "'getaddrinfo' needs "
            "libraries\n");
  EXPECT_EQ(without_link_report("/usr/bin/ld: cannot find -lz: No such file\n/src/a.c:1: error: x.o\n"),
            "/usr/bin/ld: cannot find -lz: No such file\n/src/a.c:1: error: x.o\n");
}

TEST(LinkReport, TheFlagsAskForEachFunctionOnce) {
  EXPECT_THAT(link_report_flags(), Contains("-Wl,-t"));
  EXPECT_THAT(link_report_flags(), Contains("-Wl,-y,getaddrinfo").Times(1));
}

TEST(LinkReport, WhatAUserHasToKnowDependsOnTheLibrary) {
  const LinkReport names{{}, {"getaddrinfo", "gethostbyname", "iconv_open", "setlocale"}};
  EXPECT_THAT(pitfalls(names, "musl"), IsEmpty());
  EXPECT_THAT(pitfalls(names, "glibc"), SizeIs(3));
  EXPECT_THAT(pitfalls(names, "glibc").front(), HasSubstr("(getaddrinfo, gethostbyname)"));
  EXPECT_THAT(pitfalls({{}, {"dlopen"}}, "musl"), ElementsAre(HasSubstr("a static program of musl cannot")));
  EXPECT_THAT(pitfalls({}, "glibc"), IsEmpty());
}

}  // namespace
}  // namespace whittle::builder
