#include "optimizer/advice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace whittle::optimizer {
namespace {

Advice setting(const std::string& change, std::uint64_t saved, bool applied) {
  Advice advice;
  advice.change = change;
  advice.price = "time";
  advice.saved = {2 * saved, saved};
  if (applied) advice.edits.push_back({"api", {}, "profile", "small", {}, {}});
  return advice;
}

AdvisedImage advised_image() {
  AdvisedImage image{"api", "linux/amd64", 5'000'000, {9'000'000, 4'000'000}};
  Advice import;
  import.kind = Advice::Kind::import;
  import.measure = Advice::Measure::tried;
  import.change = "without example.com/fat";
  import.saved = {0, 600'000};
  import.counted = 500'000;
  import.causes.push_back({"example.com/fat",
                           "2 more packages that nothing else imports",
                           {"example.com/shop", "example.com/fat"},
                           ". → example.com/fat",
                           { 1,
                             500'000 }});
  Advice dead;
  dead.kind = Advice::Kind::dead_code;
  dead.measure = Advice::Measure::tried;
  dead.change = "no call by name";
  dead.price = "both calls have to go";
  dead.saved = {0, 400'000};
  dead.causes.push_back({"example.com/shop/a.Call\x1b",
                         "inlined from reflectish",
                         {"example.com/shop", "example.com/shop/a"},
                         ". → ./a",
                         {}});
  dead.more_causes = 1;
  Advice twice;
  twice.kind = Advice::Kind::versions;
  twice.measure = Advice::Measure::counted;
  twice.change = "one version of example.com/x instead of 2";
  twice.saved = {0, 100'000};
  twice.causes.push_back({"example.com/x/v2", {}, {"example.com/x/v2"}, "example.com/x/v2", {0, 150'000}});
  image.advice = {setting("little", 16'383, false), setting("profile: small", 1'000'000, true), twice, dead,
                  import};
  image.failed = {"build tag lean: it does not compile"};
  image.together = attribution::Size{0, 900'000};
  return image;
}

std::vector<std::string> changes(const AdvisedImage& image) {
  std::vector<std::string> changes;
  for (const auto& advice : image.advice) changes.push_back(advice.change);
  return changes;
}

TEST(Advice, TheLargestSavingComesFirst) {
  auto ranked = advised_image();
  rank(ranked);
  EXPECT_THAT(changes(ranked),
              testing::ElementsAre("profile: small", "without example.com/fat", "no call by name",
                                   "one version of example.com/x instead of 2"));
  EXPECT_EQ(ranked.too_small, 1U);
}

TEST(Advice, EitherBytesOrShareMakeItWorthALine) {
  AdvisedImage small{"api", "linux/amd64", 100'000, {200'000, 100'000}};
  small.advice = {setting("a hundredth", 1'000, false), setting("less", 999, false)};
  rank(small);
  EXPECT_THAT(changes(small), testing::ElementsAre("a hundredth"));
  AdvisedImage large{"api", "linux/amd64", 100'000'000, {200'000'000, 100'000'000}};
  large.advice = {setting("16 KiB", 16'384, false), setting("less", 16'383, false)};
  rank(large);
  EXPECT_THAT(changes(large), testing::ElementsAre("16 KiB"));
}

TEST(Advice, AsText) {
  auto ranked = advised_image();
  rank(ranked);
  EXPECT_EQ(text_of(ranked, {}), R"(api  linux/amd64: 5.0 MB compressed, 4.0 MB of it in layers of its own

       saves   share  change
      1.0 MB  25.0 %  profile: small  [--apply]
                        price: time
    600.0 kB  15.0 %  without example.com/fat, about
                        . → example.com/fat, with 2 more packages that nothing else imports
    400.0 kB  10.0 %  no call by name
                        example.com/shop/a.Call\x1b, inlined from reflectish
                          . → ./a
                        and 1 more
                        price: both calls have to go
    100.0 kB   2.5 %  one version of example.com/x instead of 2, counted
                        example.com/x/v2  150.0 kB
                          example.com/x/v2

  [--apply] writes these to the spec: 900.0 kB less together
  1 more would save less than 16 KiB and less than 1 %
  about: measured with packages in place that do nothing; counted: what these parts take now
  not measured: build tag lean: it does not compile
)");
}

TEST(Advice, AsJson) {
  auto ranked = advised_image();
  rank(ranked);
  const auto json = to_json(std::vector{ranked});
  EXPECT_EQ(json.at("schemaVersion"), 1);
  const auto& one = json.at("images").at(0);
  EXPECT_EQ(one.at("own").at("compressedSize"), 4'000'000);
  EXPECT_EQ(one.at("together").at("compressedSize"), 900'000);
  const auto& advice = one.at("advice");
  EXPECT_EQ(advice.at(0).at("applied"), true);
  EXPECT_EQ(advice.at(1).at("kind"), "import");
  EXPECT_EQ(advice.at(1).at("countedCompressedSize"), 500'000);
  EXPECT_EQ(advice.at(1).at("causes").at(0).at("chain"),
            Json::array({"example.com/shop", "example.com/fat"}));
  EXPECT_EQ(advice.at(2).at("measure"), "tried");
  EXPECT_EQ(advice.at(2).at("moreCauses"), 1);
}

TEST(Advice, NothingIsSaidPlainly) {
  AdvisedImage nothing{"api", "linux/amd64", 5'000'000, {9'000'000, 4'000'000}};
  rank(nothing);
  EXPECT_THAT(text_of(nothing, {}), testing::HasSubstr("nothing was found that would make it smaller"));
}

}  // namespace
}  // namespace whittle::optimizer
