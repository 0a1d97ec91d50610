#include "common/markdown.hpp"

#include <gtest/gtest.h>

namespace whittle {
namespace {

TEST(MarkdownCode, StandsInACodeSpan) {
  EXPECT_EQ(markdown_code("api"), "`api`");
}

TEST(MarkdownCode, HasAFenceThatIsLongerThanAnyInIt) {
  EXPECT_EQ(markdown_code("a``b"), "``` a``b ```");
  EXPECT_EQ(markdown_code("`"), "`` ` ``");
}

TEST(MarkdownCode, EndsNoCellAndNoLine) {
  EXPECT_EQ(markdown_code("a|b"), "`a\\|b`");
  EXPECT_EQ(markdown_code("a\nb").find('\n'), std::string::npos);
}

}  // namespace
}  // namespace whittle
