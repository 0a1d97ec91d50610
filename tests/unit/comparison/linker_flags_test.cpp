#include "comparison/linker_flags.hpp"

#include <gmock/gmock.h>

namespace whittle::comparison {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(LinkerFlags, AreSplitAsTheGoCommandDoes) {
  EXPECT_THAT(parse_linker_flags(
                  "-s  -w -X main.a=1 -X 'main.b=two words' --buildid= -extldflags \"-static -z now\""),
              ElementsAre(Pair("-X main.a", "1"), Pair("-X main.b", "two words"), Pair("-buildid", ""),
                          Pair("-extldflags", "-static -z now"), Pair("-s", ""), Pair("-w", "")));
  EXPECT_THAT(parse_linker_flags("-X=main.a=b=c"), ElementsAre(Pair("-X main.a", "b=c")));
}

TEST(LinkerFlags, OddOnesAreTakenAsTheyAre) {
  EXPECT_THAT(parse_linker_flags(""), ElementsAre());
  EXPECT_THAT(parse_linker_flags("-X"), ElementsAre(Pair("-X ", "")));
  EXPECT_THAT(parse_linker_flags("'open"), ElementsAre(Pair("open", "")));
}

}  // namespace
}  // namespace whittle::comparison
