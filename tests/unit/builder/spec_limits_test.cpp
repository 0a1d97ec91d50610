#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/builder/spec_texts.hpp"

namespace whittle::builder {
namespace {

using test::expect_refused;
using test::image;
using test::image_of;

SizeLimits limits_of(const std::string& keys) {
  return image_of(image("limits: " + keys)).limits;
}

TEST(SpecLimits, OfEachPart) {
  const auto limits = limits_of(
      "{image: 20MiB, layer: 4096, layers: {binaries: 12MB}, modules: {std: 1GB, golang.org/x/text: 900KiB},"
      " packages: {encoding/json: 100 kB, main: 7B}}");
  EXPECT_EQ(limits.image->bytes, 20U << 20U);
  EXPECT_EQ(limits.image->written, "20MiB");
  EXPECT_EQ(limits.image->where.text(), "w.yaml:5:21");
  EXPECT_EQ(limits.layer->bytes, 4096U);
  EXPECT_EQ(limits.layers.at("binaries").bytes, 12'000'000U);
  EXPECT_EQ(limits.modules.at("std").bytes, 1'000'000'000U);
  EXPECT_EQ(limits.modules.at("golang.org/x/text").bytes, 900U << 10U);
  EXPECT_EQ(limits.packages.at("encoding/json").bytes, 100'000U);
  EXPECT_EQ(limits.packages.at("main").bytes, 7U);
  EXPECT_TRUE(image_of(image("")).limits.empty());
}

TEST(SpecLimits, ASizeMayHaveDecimalsAndABlank) {
  EXPECT_EQ(limits_of("{image: 1.5MiB}").image->bytes, 1'572'864U);
  EXPECT_EQ(limits_of("{image: 1.205 MB}").image->bytes, 1'205'000U);
  EXPECT_EQ(limits_of("{image: 0.001kB}").image->bytes, 1U);
  EXPECT_EQ(limits_of("{image: '2GiB'}").image->bytes, std::uint64_t{2} << 30U);
}

TEST(SpecLimits, WhatIsNoSizeIsRefused) {
  expect_refused({
      {"limits: {image: 0}",
       "spec: w.yaml:5:21: `image`: nothing is smaller than 1 byte; leave the key out for no limit"},
      {"limits: {image: 0.0001kB}", "spec: w.yaml:5:21: `image`: \"0.0001kB\" is no size"},
      {"limits: {image: 0.1B}",
       "spec: w.yaml:5:21: `image`: nothing is smaller than 1 byte; leave the key out for no limit"},
      {"limits: {image: -5MiB}", "spec: w.yaml:5:21: `image`: \"-5MiB\" is no size"},
      {"limits: {image: 5mb}", "spec: w.yaml:5:21: `image`: \"5mb\" is no size"},
      {"limits: {image: 5  MB}", "spec: w.yaml:5:21: `image`: \"5  MB\" is no size"},
      {"limits: {image: MB}", "spec: w.yaml:5:21: `image`: \"MB\" is no size"},
      {"limits: {image: 1.MB}", "spec: w.yaml:5:21: `image`: \"1.MB\" is no size"},
      {"limits: {image: 99999999999999999999}",
       "spec: w.yaml:5:21: `image`: \"99999999999999999999\" is no size"},
      {"limits: {image: 18000000000GiB}", "spec: w.yaml:5:21: `image`: \"18000000000GiB\" is no size"},
      {"limits: {image: [1]}", "spec: w.yaml:5:21: `image`: takes text; here is a list"},
  });
}

TEST(SpecLimits, WhatCannotBeLimitedIsRefused) {
  expect_refused({
      {"limits: {}", "spec: w.yaml:5:13: `limits`: names no limit; leave the key out for none"},
      {"limits: 20MiB",
       "spec: w.yaml:5:13: `limits`: takes a mapping with the keys `image`, `layer`, `layers`, `modules`, "
       "`packages`, `memory`; here is text"},
      {"limits: {images: 1}", "spec: w.yaml:5:14: unknown key `images`; did you mean `image`?"},
      {"limits: {layers: {binares: 1MB}}",
       "spec: w.yaml:5:32: `binares`: images have no such layer; did you mean `binaries`?"},
      {"limits: {layers: {application: 1MB}}",
       "spec: w.yaml:5:36: `application`: images have the layers `base`, `packages`, `files` and `binaries`"},
      {"limits: {modules: {./cmd: 1MB}}", "spec: w.yaml:5:31: `./cmd`: this is no import path"},
      {"limits: {modules: {golang.org/x/text@v1.0.0: 1MB}}",
       "spec: w.yaml:5:50: `golang.org/x/text@v1.0.0`: this is no import path"},
      {"limits: {packages: 1MB}",
       "spec: w.yaml:5:24: `packages`: takes a mapping (`KEY: VALUE` lines); here is text"},
  });
}

}  // namespace
}  // namespace whittle::builder
