#include "common/limits.hpp"

#include <gmock/gmock.h>

#include <set>

#include "tests/support/failure.hpp"

namespace whittle {
namespace {

using test::failure;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Limits, AreSetByNameWithUnits) {
  Limits limits;
  set_limit(limits, "uncompressed-layer=128GiB");
  set_limit(limits, "zstd-window=1048576");
  set_limit(limits, "ratio=2000");
  set_limit(limits, "total-wait=15min");
  set_limit(limits, "connect=5s");
  EXPECT_EQ(limits.uncompressed_layer, 128ULL << 30U);
  EXPECT_EQ(limits.zstd_window, 1U << 20U);
  EXPECT_EQ(limits.ratio, 2000U);
  EXPECT_EQ(limits.total_wait, 900U);
  EXPECT_EQ(limits.connect, 5U);
  EXPECT_EQ(limits.spec_depth, Limits().spec_depth);
}

TEST(Limits, RefuseWhatIsNone) {
  Limits limits;
  EXPECT_THAT(failure([&] { set_limit(limits, "zstd-windw=1MiB"); }), HasSubstr("did you mean zstd-window?"));
  EXPECT_THAT(failure([&] { set_limit(limits, ""); }), HasSubstr("no limit of that name"));
  for (const auto* value : {"", "0", "-1", "+1", " 1", "1 MiB", "1mib", "1s", "1.5GiB", "0x10", "3GiB",
                            "18446744073709551616", "17179869184GiB"})
    EXPECT_THAT(failure([&] { set_limit(limits, std::string("zstd-window=") + value); }),
                HasSubstr("zstd-window takes a number of bytes"));
  EXPECT_THAT(failure([&] { set_limit(limits, "ratio"); }), HasSubstr("ratio takes a whole number"));
  EXPECT_THAT(failure([&] { set_limit(limits, "ratio=1KiB"); }), HasSubstr("ratio takes a whole number"));
  EXPECT_EQ(limits.zstd_window, Limits().zstd_window);
}

TEST(Limits, EachHasOneNameAndADefaultThatItCanBeSetTo) {
  std::set<std::string_view> names;
  for (const auto& limit : named_limits()) {
    EXPECT_TRUE(names.insert(limit.name).second) << limit.name;
    EXPECT_GT(Limits().*limit.field, 0U) << limit.name;
    EXPECT_LE(Limits().*limit.field, limit.most) << limit.name;
  }
  EXPECT_EQ(names.size() + 1, sizeof(Limits) / sizeof(std::uint64_t));  // ratio_from has none
}

TEST(Limits, TheErrorNamesTheFlag) {
  const auto error = over_limit(ErrorKind::limit, "it is too large", &Limits::archive_size);
  EXPECT_EQ(error.kind(), ErrorKind::limit);
  EXPECT_THAT(error.hints(), ElementsAre(HasSubstr("`--limit archive-size=VALUE`")));
}

}  // namespace
}  // namespace whittle
