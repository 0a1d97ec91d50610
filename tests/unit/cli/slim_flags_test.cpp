#include "cli/slim_flags.hpp"

#include <gmock/gmock.h>

#include "tests/support/failure.hpp"

namespace whittle::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(SlimFlags, ARecordHasWhatWasGivenAndGivesItBack) {
  SlimFlags flags;
  EXPECT_THAT(recorded_options(flags), IsEmpty());
  flags.platforms = {"linux/amd64", "linux/arm64"};
  flags.without = {"logs"};
  flags.keep = {"/a/*", "/b"};
  flags.keep_layers = "2";
  flags.closure = "strict";
  flags.recompress = true;
  flags.compression = "zstd:chunked";
  flags.level = "fast";
  evidence::SlimRecord record;
  record.options = recorded_options(flags);
  EXPECT_EQ(record.options.size(), 8U);
  for (const auto& [name, values] : record.options) EXPECT_TRUE(evidence::is_slim_option(name)) << name;
  EXPECT_EQ(recorded_options(flags_of(record)), record.options);
}

TEST(SlimFlags, ARecordThatNoFlagsCouldHaveGivenIsRefused) {
  evidence::SlimRecord record;
  record.options = {{"level", {"fast", "smallest"}}};
  EXPECT_THAT(test::failure([&] { flags_of(record); }),
              HasSubstr("unverified: the provenance has several values"));
}

}  // namespace
}  // namespace whittle::cli
