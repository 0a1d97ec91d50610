#include "running/tune_emission.hpp"

#include <gmock/gmock.h>

#include "common/json.hpp"
#include "common/yaml.hpp"

namespace whittle::running {
namespace {

using testing::HasSubstr;

const MemorySetting setting{.limit = 50U << 20U, .soft_limit = 45U << 20U, .gogc = "off"};

TEST(TuneEmission, KubernetesHasResourcesAndVariables) {
  const auto text = emit(Emission::kubernetes, setting, "shop", "example.com/shop:1");
  parse_yaml(text, "text");
  EXPECT_THAT(text, HasSubstr("            limits:\n              memory: 50Mi\n"));
  EXPECT_THAT(text, HasSubstr("            - name: GOMEMLIMIT\n              value: \"45MiB\"\n            - "
                              "name: GOGC\n              value: \"off\"\n"));
}

TEST(TuneEmission, DockerHasFlagsAndNoSwap) {
  EXPECT_EQ(emit(Emission::docker, setting, "shop", ""),
            "--memory=50m --memory-swap=50m --env=GOMEMLIMIT=45MiB --env=GOGC=off\n");
  EXPECT_EQ(emit(Emission::docker, {.limit = 50U << 20U}, "shop", ""), "--memory=50m --memory-swap=50m\n");
}

TEST(TuneEmission, RulesAreAtShareOfTheLimit) {
  const auto text = emit(Emission::prometheus, setting, "shop", "");
  parse_yaml(text, "text");
  EXPECT_THAT(text, HasSubstr("> 44564480"));
  EXPECT_THAT(text, HasSubstr("> 49807360"));
}

TEST(TuneEmission, ADashboardIsJson) {
  const auto json = parse_json(emit(Emission::grafana, setting, "shop", ""), "it");
  EXPECT_EQ(json.at("title"), "shop: memory");
  EXPECT_EQ(json.at("panels").size(), 4U);
}

TEST(TuneEmission, NamesFromOutsideStayText) {
  const std::string name = "a\"b\n- c: d\\";
  for (const auto emission : {Emission::kubernetes, Emission::compose, Emission::prometheus}) {
    const auto text = emit(emission, setting, name, name);
    parse_yaml(text, "text");
    EXPECT_EQ(text.find("\n- c: d"), std::string::npos);
  }
  EXPECT_EQ(parse_json(emit(Emission::grafana, setting, name, name), "it").at("title"), name + ": memory");
}

}  // namespace
}  // namespace whittle::running
