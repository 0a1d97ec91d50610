#include "packages/debian_version.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "common/subprocess.hpp"

namespace whittle::packages {
namespace {

// In rising order; each twice where it can be written in two ways.
const std::vector<std::vector<std::string>> ladder{{"0~~"},
                                                   {"0~"},
                                                   {"0", "0:0", "00", "0-0"},
                                                   {"0a"},
                                                   {"0+"},
                                                   {"0.1"},
                                                   {"1.0~beta1~svn1245"},
                                                   {"1.0~beta1"},
                                                   {"1.0"},
                                                   {"1.0-1~bpo12+1"},
                                                   {"1.0-1", "0:1.0-01"},
                                                   {"1.0-1+b1"},
                                                   {"1.0-1.1"},
                                                   {"1.0-10"},
                                                   {"1.0a-1"},
                                                   {"1.0+dfsg-1"},
                                                   {"1.0.1-1"},
                                                   {"2.36-9+deb12u7"},
                                                   {"2.36-9+deb12u14"},
                                                   {"2024a-0+deb12u1"},
                                                   {"20230311"},
                                                   {"18446744073709551616"},
                                                   {"18446744073709551617"},
                                                   {"1:0"},
                                                   {"1:1.2.13.dfsg-1"},
                                                   {"2:0-0"}};

int sign(std::weak_ordering order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

TEST(DebianVersion, OrdersAsPolicySays) {  // hostile 262
  for (std::size_t i = 0; i < ladder.size(); ++i)
    for (std::size_t j = 0; j < ladder.size(); ++j)
      for (const auto& a : ladder[i])
        for (const auto& b : ladder[j])
          EXPECT_EQ(sign(compare_versions(a, b)), i < j ? -1 : i > j ? 1 : 0) << a << " and " << b;
}

TEST(DebianVersion, KnowsWhatIsOne) {
  for (const auto* text : {"1", "1.0-1", "1:2-3", "2:1:2", "1.2-3-4", "1~rc1", "1+b1", "a"})
    EXPECT_TRUE(is_version(text)) << text;
  for (const auto* text : {"", ":1", "a:1", "1:", "1-", "-1", "1 2", "1_2", "1/2", "1\n", "é"})
    EXPECT_FALSE(is_version(text)) << text;
}

std::string random_version(std::mt19937& random) {
  static constexpr std::string_view letters = "019aZ.+~-";
  const auto below = [&](std::size_t limit) { return random() % limit; };
  std::string text = below(4) == 0 ? std::to_string(below(3)) + ":" : "";
  text += static_cast<char>('0' + static_cast<int>(below(3)));
  for (auto i = below(6); i > 0; --i) text += letters[below(letters.size())];
  if (text.ends_with('-')) text += '1';
  return text;
}

TEST(DebianVersion, AgreesWithDpkg) {
  const std::string dpkg = "/usr/bin/dpkg";
  if (!std::filesystem::exists(dpkg)) GTEST_SKIP() << "there is no dpkg here";
  std::mt19937 random(4711);
  const auto holds = [&](const std::string& a, const char* relation, const std::string& b) {
    return run({{dpkg, "--compare-versions", a, relation, b}, {}, "/"}, {}).exit_code == 0;
  };
  for (int i = 0; i < 150; ++i) {
    const auto a = random_version(random);
    const auto b = random_version(random);
    const int order = sign(compare_versions(a, b));
    const char* relation = order < 0 ? "lt" : order > 0 ? "gt" : "eq";
    ASSERT_TRUE(is_version(a) && is_version(b)) << a << " and " << b;
    EXPECT_TRUE(holds(a, relation, b)) << a << " " << relation << " " << b;
  }
}

}  // namespace
}  // namespace whittle::packages
