#include "packages/package_relation.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/failure.hpp"

namespace whittle::packages {
namespace {

std::string written(std::string_view field) {
  std::string text;
  for (const auto& alternatives : parse_relations(field)) {
    if (!text.empty()) text += ", ";
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
      const auto& one = alternatives[i];
      text += (i > 0 ? " | " : "") + std::string(one.name);
      if (!one.architecture.empty()) text += ":" + std::string(one.architecture);
      if (!one.version.empty())
        text += "[" + std::to_string(static_cast<int>(one.comparison)) + " " + std::string(one.version) + "]";
    }
  }
  return text;
}

TEST(PackageRelation, ReadsAllForms) {
  EXPECT_EQ(written(""), "");
  EXPECT_EQ(written("libc6 (>= 2.36), perl:any | perl-base(<<5),\n debconf (>= 0.5) | debconf-2.0,"),
            "libc6[4 2.36], perl:any | perl-base[1 5], debconf[4 0.5] | debconf-2.0");
  EXPECT_EQ(written("a (= 1:2~3-4), b (<= 1), c (>> 1), d (< 1), e (> 1)"),
            "a[3 1:2~3-4], b[2 1], c[5 1], d[2 1], e[4 1]");
}

TEST(PackageRelation, RefusesWhatIsNone) {
  for (const auto* field : {"a b", "a (1)", "a (>= 1", "a (>= )", "a |", "a [amd64]", "a <!nocheck>",
                            "a:", "(>= 1)", "a (>= 1) b", "-a"})
    EXPECT_TRUE(test::failure([&] { parse_relations(field); }).starts_with("integrity: ")) << field;
}

TEST(PackageRelation, ComparesVersions) {
  const auto takes = [](std::string_view field, std::string_view version) {
    return parse_relations(field).at(0).at(0).takes(version);
  };
  EXPECT_TRUE(takes("a", "1"));
  EXPECT_TRUE(takes("a (>= 1~)", "1"));
  EXPECT_FALSE(takes("a (>> 1)", "0:1"));
  EXPECT_TRUE(takes("a (= 1)", "0:1"));
  EXPECT_FALSE(takes("a (<< 1)", "1"));
  EXPECT_TRUE(takes("a (<= 1)", "1~rc1"));
}

}  // namespace
}  // namespace whittle::packages
