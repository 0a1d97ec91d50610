#include "builder/shard_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "builder/joined_images.hpp"
#include "common/error.hpp"
#include "common/json.hpp"
#include "layers/media_types.hpp"
#include "tests/support/failure.hpp"

namespace whittle::builder {
namespace {

using test::failure;
using testing::ElementsAre;
using testing::HasSubstr;

ReportedImage reported_image(const std::string& name, const std::string& content) {
  return {name,
          {std::string(layers::media_type::oci_manifest), Digest::of(content), content.size()},
          {"registry.example.com/" + name + "@" + Digest::of(content).text()},
          100};
}

ShardReport shard_report(unsigned number, std::vector<ReportedImage> images,
                         std::vector<std::string> unaffected = {}) {
  return {Digest::of("run"), {number, 2}, std::move(images), std::move(unaffected)};
}

TEST(ShardReport, IsReadAsItWasWritten) {
  const auto text = to_text(shard_report(2, {reported_image("api", "a")}, {"web"}));
  const auto read = shard_report_from(text);
  EXPECT_EQ(to_text(read), text);
  EXPECT_EQ(read.shard.number, 2U);
  EXPECT_EQ(read.images.at(0).root.digest, Digest::of("a"));
}

TEST(ShardReport, WithoutAFieldOrOfALaterVersionIsRefused) {
  const auto whole = parse_json(to_text(shard_report(1, {reported_image("api", "a")})), "it");
  for (const auto& item : whole.items()) {
    auto json = whole;
    json.erase(item.key());
    EXPECT_THAT(failure([&] { shard_report_from(canonical(json)); }), HasSubstr("lacks a field"))
        << item.key();
  }
  auto later = whole;
  later["version"] = 2;
  EXPECT_THAT(failure([&] { shard_report_from(canonical(later)); }), HasSubstr("of version 2"));
  auto strange = whole;
  strange["shard"] = "7/2";
  EXPECT_THAT(failure([&] { shard_report_from(canonical(strange)); }), HasSubstr("is no shard"));
}

TEST(ShardReport, AShardThatIsRunAgainLosesNothing) {
  auto second = shard_report(1, {reported_image("web", "w")}, {"api", "old"});
  add_earlier(shard_report(1, {reported_image("api", "a")}, {"web", "old"}), second);
  ASSERT_EQ(second.images.size(), 2U);
  EXPECT_EQ(second.images[0].name, "api");
  EXPECT_THAT(second.unaffected, ElementsAre("old"));
}

TEST(ShardReport, WhatIsBuiltAnewReplacesWhatWasBuiltBefore) {
  auto second = shard_report(1, {reported_image("api", "new")});
  add_earlier(shard_report(1, {reported_image("api", "old")}), second);
  ASSERT_EQ(second.images.size(), 1U);
  EXPECT_EQ(second.images[0].root.digest, Digest::of("new"));
}

TEST(Joined, HasTheImagesOfAllShardsByName) {
  const auto all = joined({shard_report(1, {reported_image("web", "w")}, {"idle"}),
                           shard_report(2, {reported_image("api", "a")})},
                          {"api", "idle", "web"});
  ASSERT_EQ(all.images.size(), 2U);
  EXPECT_EQ(all.images[0].name, "api");
  EXPECT_THAT(all.unaffected, ElementsAre("idle"));
  EXPECT_EQ(all.costs().at("web"), 100U);
}

TEST(Joined, NamesImagesThatNoShardHasBuilt) {
  EXPECT_THAT(failure([] {
                joined({shard_report(1, {reported_image("web", "w")})}, {"api", "web", "cron"});
              }),
              HasSubstr("no shard has built api, cron"));
}

TEST(Joined, RefusesTwoImagesOfOneName) {
  EXPECT_THAT(
      failure([] {
        joined({shard_report(1, {reported_image("web", "a")}), shard_report(2, {reported_image("web", "b")})},
               {"web"});
      }),
      HasSubstr("not the same image"));
}

TEST(Costs, AreReadAsTheyWereWritten) {
  const Costs costs = {{"api", 5}, {"web", 7}};
  EXPECT_EQ(costs_from(to_text(costs)), costs);
  EXPECT_THAT(failure([] { costs_from(R"({"version":1,"costs":{"a":-1.5}})"); }), HasSubstr("is none"));
}

}  // namespace
}  // namespace whittle::builder
