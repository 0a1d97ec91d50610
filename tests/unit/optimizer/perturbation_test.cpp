#include "optimizer/perturbation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/failure.hpp"

namespace whittle::optimizer {
namespace {

using test::failure;
using testing::HasSubstr;

TEST(Perturbation, NamesAreSortedAndEachIsThere) {
  const auto all = all_perturbations();
  EXPECT_TRUE(
      std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const auto& info : all) EXPECT_EQ(name_of(info.perturbation), info.name);
}

TEST(Perturbation, AllNoneAndSingleOnesCanBeNamed) {
  EXPECT_EQ(parse_perturbations({"all"}).size(), all_perturbations().size());
  EXPECT_TRUE(parse_perturbations({"none"}).empty());
  EXPECT_EQ(listed(parse_perturbations({"umask", "folder", "umask"})), "folder, umask");
}

TEST(Perturbation, AMisspeltOneIsRefusedWithTheNearest) {
  EXPECT_THAT(failure([] { parse_perturbations({"unmask"}); }),
              HasSubstr("usage: --perturb \"unmask\" names no circumstance; did you mean umask?"));
}

}  // namespace
}  // namespace whittle::optimizer
