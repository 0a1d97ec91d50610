#include "common/metrics_text.hpp"

#include <gtest/gtest.h>

namespace whittle {
namespace {

TEST(MetricsText, DescribesBeforeItSamples) {
  MetricsText metrics("whittle_test");
  metrics.gauge("bytes", "How many.", {{"image", "a"}, {"state", "b"}}, 1.5);
  metrics.sample("bytes", {}, 2);
  EXPECT_EQ(metrics.take(),
            "# HELP whittle_test_bytes How many.\n# TYPE whittle_test_bytes gauge\n"
            "whittle_test_bytes{image=\"a\",state=\"b\"} 1.5\nwhittle_test_bytes 2\n");
}

TEST(MetricsText, ValuesOfLabelsAreEscaped) {
  MetricsText metrics("w");
  metrics.sample("x", {{"l", "a\"b\\c\nd\xff"}}, 0);
  const auto text = metrics.take();
  EXPECT_EQ(text.rfind("w_x{l=\"a\\\"b\\\\c\\nd", 0), 0U) << text;
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  EXPECT_EQ(text.find('\xff'), std::string::npos);
}

}  // namespace
}  // namespace whittle
