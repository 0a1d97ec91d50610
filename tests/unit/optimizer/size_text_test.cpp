#include "optimizer/size_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimizer/size_check.hpp"
#include "tests/unit/optimizer/grown_image.hpp"

namespace whittle::optimizer {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SizeText, NamesEveryBrokenLimitWhatGrewAndWhichImportBroughtIt) {
  EXPECT_EQ(text_of(test::grown_image()), R"(
    the image has 1.9 MB, 1.6 MB above its limit of 350 kB (w.yaml:7:15)
      its base alone has 400.0 kB
    module example.com/fat has 240.0 kB, 35.2 kB above its limit of 200KiB (w.yaml:9:35)
      imported by ./cmd/api → ./store → example.com/fat
    package net/http has 400.0 kB, 1 B above its limit of 399999 (w.yaml:11:30)
      imported by ./cmd/api → ./store → example.com/fat → net/http
    since localhost:5000/shop/api:latest: +749.5 kB, compressed
      new in the program, by import
        +740.0 kB  ./cmd/api → ./store → example.com/fat (3 packages)
      modules that grew
        +510.0 kB  std
        +240.0 kB  example.com/fat, new: ./cmd/api → ./store → example.com/fat
          +4.8 kB  example.com/shop
      packages that grew
        +400.0 kB  net/http, new
        +240.0 kB  example.com/fat, new
        +100.0 kB  net, new
          +6.0 kB  fmt
      files that grew
        +750.0 kB  /usr/bin/api)");
}

TEST(SizeText, SeveralPlatformsAreNamed) {
  auto image = test::grown_image();
  image.platforms.push_back(test::grown_platform());
  image.platforms[1].platform = layers::Platform::parse("linux/arm64");
  image.platforms[1].before.reset();
  image.not_read = "it is not there for linux/arm64";
  const auto text = text_of(image);
  EXPECT_THAT(text, HasSubstr("\n    linux/amd64: the image has 1.9 MB, "));
  EXPECT_THAT(text, HasSubstr("\n    linux/arm64: module example.com/fat has 240.0 kB, "));
  EXPECT_THAT(
      text,
      HasSubstr(
          "\n    it is not there for linux/arm64\n    linux/amd64: since localhost:5000/shop/api:latest: +"));
  EXPECT_THAT(text, Not(HasSubstr("linux/arm64: since")));
}

TEST(SizeText, WithoutAnEarlierImageItSaysWhy) {
  auto image = test::grown_image();
  image.platforms[0].before.reset();
  image.not_read = "nothing was pushed there yet";
  const auto text = text_of(image);
  EXPECT_THAT(text, HasSubstr("\n    what grew is not known: nothing was pushed there yet"));
  EXPECT_THAT(text, HasSubstr("imported by ./cmd/api → ./store → example.com/fat"));
  EXPECT_THAT(text, Not(HasSubstr("since")));
}

TEST(SizeText, LongListsAreCutAndForeignNamesEscaped) {
  auto image = test::grown_image();
  auto& sizes = image.platforms[0].now.modules;
  sizes.clear();
  for (char name = 'a'; name <= 'k'; ++name) sizes[std::string("bad\x1b[31m") + name] = 5'000;
  const auto text = text_of(image);
  EXPECT_THAT(text, HasSubstr("\n          +5.0 kB  bad\\x1b[31ma, new\n"));
  EXPECT_THAT(text, HasSubstr("\n                   and 3 more"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(BrokenLimits, AreOneErrorForAllImages) {
  auto good = test::grown_image();
  good.platforms[0].limits.clear();
  EXPECT_FALSE(broken_limits({good}).has_value());
  auto other = test::grown_image();
  other.name = "web";
  const auto one = broken_limits({good, other});
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(one->kind(), ErrorKind::budget);
  EXPECT_THAT(
      one->message(),
      HasSubstr(
          "the image web is larger than `limits` allow; nothing was written\n  web\n    the image has"));
  EXPECT_THAT(broken_limits({test::grown_image(), other})->message(), HasSubstr("2 images are larger than"));
}

}  // namespace
}  // namespace whittle::optimizer
