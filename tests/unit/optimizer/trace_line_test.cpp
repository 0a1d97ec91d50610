#include "optimizer/trace_line.hpp"

#include <gtest/gtest.h>

#include <string>

namespace whittle::optimizer {
namespace {

std::string read(std::string_view line) {
  const auto function = parse_function_line(line);
  if (!function) return "none";
  return function->name + (function->may_be_inlined ? " inlined" : "") +
         (function->created ? " created" : "");
}

TEST(TraceLine, FunctionsAreNamedBeforeTheirArguments) {
  EXPECT_EQ(read("main.main()\n"), "main.main");
  EXPECT_EQ(read("main.(*service).Handle(0xc000012345, {0x1, 0x2}, ...)\r\n"), "main.(*service).Handle");
  EXPECT_EQ(read("example.com/shop/v2.Do[...](...)"), "example.com/shop/v2.Do[...] inlined");
  EXPECT_EQ(read("panic({0x4a1b20?, 0x52d0f8?})"), "panic");
  EXPECT_EQ(read("created by main.main in goroutine 1\n"), "main.main created");
  EXPECT_EQ(read("created by net/http.(*Server).Serve"), "net/http.(*Server).Serve created");
}

TEST(TraceLine, APrefixEndsInABlank) {
  EXPECT_EQ(read("api-1  | main.f({0x1, 0x2})"), "main.f");
  EXPECT_EQ(read("2026-01-01T00:00:00Z stderr F created by main.main in goroutine 7"), "main.main created");
  EXPECT_EQ(parse_place_line("api-1  | \t?:0 +0x1d\n")->at, 10U);
}

TEST(TraceLine, OtherLinesAreNone) {
  for (const auto* line :
       {"", "\n", "(", ")", "()", "(...)", "goroutine 1 [running]:", "created by ", "created by a b"})
    EXPECT_EQ(read(line), "none") << line;
}

TEST(TraceLine, PlacesThatAreUnknown) {
  EXPECT_EQ(parse_place_line("\t?:0 +0x1d\n")->offset, 0x1dU);
  EXPECT_EQ(parse_place_line("\t?:0 +0x1d fp=0xc000 sp=0xc000 pc=0x47\n")->offset, 0x1dU);
  EXPECT_EQ(parse_place_line("\t?:0\n")->offset, std::nullopt);
  EXPECT_EQ(parse_place_line("\t?:0\n")->at, 1U);
  EXPECT_EQ(parse_place_line("\t?:0 fp=0xc000\n")->offset, std::nullopt);
  for (const auto* line : {"?:0", "\t?:01", "\t/main.go:0 +0x1", "\t?:0 and more"})
    EXPECT_FALSE(parse_place_line(line)) << line;
}

TEST(TraceLine, SignalsSayWhereTheyCame) {
  EXPECT_EQ(parse_signal_line("[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47e3d2]"),
            0x47e3d2U);
  EXPECT_EQ(parse_signal_line("PC=0x4605e3 m=0 sigcode=0"), 0x4605e3U);
  EXPECT_EQ(parse_signal_line("PC=0x4605e3"), std::nullopt);
  EXPECT_EQ(parse_signal_line("[signal SIGSEGV pc=0xffffffffffffffffff]"), std::nullopt);
}

}  // namespace
}  // namespace whittle::optimizer
