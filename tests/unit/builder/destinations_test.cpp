#include "builder/destinations.hpp"

#include <gtest/gtest.h>

namespace whittle::builder {
namespace {

const NamedValues values = [](std::string_view) { return std::optional<std::string>("abc"); };

ImageSpec spec(std::vector<std::string> push, std::vector<std::string> tags) {
  ImageSpec spec;
  spec.name = "api";
  spec.push = std::move(push);
  spec.tags = std::move(tags);
  return spec;
}

TEST(LastPushed, IsUnderTheFirstTagThatIsTheSameInEveryBuild) {
  EXPECT_EQ(
      last_pushed(spec({"r.example/a", "r.example/b"}, {"${git.commit}", "stable", "latest"}), {}, values),
      "r.example/a:stable");
  EXPECT_EQ(last_pushed(spec({"r.example/a"}, {"v${git.commit}", "${version}"}), {}, values),
            "r.example/a:vabc");
  EXPECT_EQ(last_pushed(spec({"r.example/a"}, {}), {}, values), "r.example/a:latest");
}

TEST(LastPushed, IsWhereTheEnvironmentSaysWhenTheSpecDoesNot) {
  BuildOptions options;
  EXPECT_EQ(last_pushed(spec({}, {"1"}), options, values), std::nullopt);
  options.push_prefix = "r.example/team";
  EXPECT_EQ(last_pushed(spec({}, {"1"}), options, values), "r.example/team/api:1");
  EXPECT_EQ(last_pushed(spec({"r.example/a"}, {"1"}), options, values), "r.example/a:1");
}

}  // namespace
}  // namespace whittle::builder
