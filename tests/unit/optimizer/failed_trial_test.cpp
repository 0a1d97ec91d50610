#include "optimizer/failed_trial.hpp"

#include <gtest/gtest.h>

namespace whittle::optimizer {
namespace {

TEST(FailedTrial, GoIsQuotedWithItsFirstLineAboutASource) {
  EXPECT_EQ(reason_of(Error(ErrorKind::source,
                            "compiling ./a: go failed with exit code 1:\n    # example.com/third\n"
                            "    third/third.go:9:5: undefined: needed\n    more")),
            "compiling ./a: go failed with exit code 1: third/third.go:9:5: undefined: needed");
  EXPECT_EQ(reason_of(Error(ErrorKind::unsupported, "the linker is not there")), "the linker is not there");
  EXPECT_EQ(reason_of(Error(ErrorKind::source, "it failed:\n    # a\n")), "it failed:");
}

TEST(FailedTrial, AFullDiskIsNotAboutTheChange) {
  EXPECT_TRUE(is_about_the_change(Error(ErrorKind::source, "")));
  EXPECT_TRUE(is_about_the_change(Error(ErrorKind::policy, "")));
  for (const auto kind : {ErrorKind::io, ErrorKind::machine_limit, ErrorKind::interrupted})
    EXPECT_FALSE(is_about_the_change(Error(kind, "")));
}

}  // namespace
}  // namespace whittle::optimizer
