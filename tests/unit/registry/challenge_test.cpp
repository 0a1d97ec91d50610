#include "registry/challenge.hpp"

#include "registry/scopes.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::parse_challenges;
using registry::Scopes;

// As "scheme name=value name=value".
std::vector<std::string> read(const std::vector<std::string_view>& fields) {
  std::vector<std::string> result;
  for (const auto& challenge : parse_challenges(fields)) {
    result.push_back(challenge.scheme);
    for (const auto& [name, value] : challenge.parameters) result.back() += ' ' + name + '=' + value;
  }
  return result;
}

TEST(Challenge, Hostile173_ReadsEveryForm) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(read({R"(Bearer realm="https://a/t",service="s",scope="r:x:pull,push")"}),
            (Texts{"bearer realm=https://a/t scope=r:x:pull,push service=s"}));
  EXPECT_EQ(read({R"(Basic realm="a")", R"(Bearer realm="b")"}), (Texts{"basic realm=a", "bearer realm=b"}));
  EXPECT_EQ(read({R"(Basic realm="a", Bearer realm="b", service=s)"}),
            (Texts{"basic realm=a", "bearer realm=b service=s"}));
  EXPECT_EQ(read({R"(Negotiate, Basic realm="a")"}), (Texts{"negotiate", "basic realm=a"}));
  EXPECT_EQ(read({R"(Negotiate YII/+a==, Bearer realm="b")"}), (Texts{"negotiate", "bearer realm=b"}));
  EXPECT_EQ(read({R"(BEARER REALM="a\"b\\c,d" , Service = "x")"}),
            (Texts{"bearer realm=a\"b\\c,d service=x"}));
  EXPECT_EQ(read({"Bearer realm=https://a/t?x=1,service=s"}),
            (Texts{"bearer realm=https://a/t?x=1 service=s"}));
  EXPECT_EQ(read({R"(Bearer realm="a",realm="b")"}), (Texts{"bearer realm=a"}));
  EXPECT_EQ(read({"Bearer"}), (Texts{"bearer"}));
  EXPECT_EQ(read({"", ",", " , ,"}), Texts{});
  EXPECT_EQ(read({R"(realm="orphan", Basic realm=x)"}), (Texts{"basic realm=x"}));
  EXPECT_EQ(read({R"(Bearer realm="never closed)"}), (Texts{"bearer realm=never closed"}));
  EXPECT_EQ(read({"\x01\xff\"(), Basic realm=x"}), (Texts{"basic realm=x"}));
}

TEST(Challenge, Hostile173_EndsOnAnyInput) {
  const std::string_view alphabet = "aB =\",\\ \t=;(x";
  std::uint64_t state = 42;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (int i = 0; i < 24; ++i) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      text += alphabet[(state >> 33U) % alphabet.size()];
    }
    parse_challenges({text});
  }
  EXPECT_LE(parse_challenges({std::string(65536, 'a') + " " + std::string(65536, '=')}).size(), 2U);
  parse_challenges({std::string(65536, ',')});
}

TEST(Scopes, Merge) {
  auto scopes = Scopes::push("shop/api");
  EXPECT_EQ(scopes.key(), "repository:shop/api:pull,push");
  EXPECT_TRUE(scopes.includes(Scopes::pull("shop/api")));
  EXPECT_FALSE(Scopes::pull("shop/api").includes(scopes));
  scopes.add(Scopes::parse("repository:base:pull registry:catalog:* nonsense"));
  EXPECT_EQ(scopes.key(), "registry:catalog:* repository:base:pull repository:shop/api:pull,push");
  EXPECT_TRUE(scopes.includes(Scopes::parse("")));
}

}  // namespace
}  // namespace whittle::test
