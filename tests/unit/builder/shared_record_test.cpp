#include "builder/shared_record.hpp"

#include <gtest/gtest.h>

#include "common/json.hpp"
#include "tests/support/failure.hpp"

namespace whittle::builder {
namespace {

SharedRecord sample_record() {
  SharedRecord record{Digest::of("key")};
  SharedProgram program{"usr/bin/api", {Digest::of("inputs"), {}}, Digest::of("binary"), 1000};
  using Kind = FileStates::Kind;
  program.made_from.own = {{"", "", {{Kind::file, "P/vendor/modules.txt", std::nullopt}}},
                           {"example.com/shop/cmd/api",
                            "",
                            {{Kind::file, "P/cmd/api/main.go", to_sha256(Digest::of("main"))},
                             {Kind::listing, "P/cmd/api", to_sha256(Digest::of("names"))}}},
                           {"example.com/shop/page",
                            "example.com/shop/cmd/api",
                            {{Kind::full_listing, "P/with blank", to_sha256(Digest::of("all"))}}}};
  program.memory_limit = "automemlimit";
  binaries::BuildInfo info;
  info.go_version = "go1.26.8";
  info.path = "example.com/shop/cmd/api";
  info.main_module = binaries::GoModule{"example.com/shop", "(devel)", ""};
  info.dependencies = {{{"example.com/a", "v1.0.0", "h1:a"}, {}},
                       {{"example.com/b", "v1.0.0", ""}, binaries::GoModule{"../b", "", ""}}};
  info.settings = {{"GOOS", "linux"}};
  program.info = info;
  record.programs = {program};
  record.layers = {{Digest::of("layer key"),
                    {"application/vnd.oci.image.layer.v1.tar", Digest::of("blob"), 10},
                    Digest::of("tar"),
                    20}};
  record.values = {{"folders", Digest::of("value key"),
                    std::string("d\0"
                                "755",
                                5)}};
  record.facts = {{"env", "01ab"}};
  return record;
}

std::string refusal_of(const std::string& text) {
  return test::failure([&] { shared_record_from(text, "record x"); });
}

TEST(SharedRecord, IsReadAsItWasWritten) {
  const auto text = to_text(sample_record());
  ASSERT_TRUE(text);
  const auto read = shared_record_from(*text, "record x");
  EXPECT_EQ(to_text(read), text);
  ASSERT_EQ(read.programs.size(), 1U);
  const auto& own = read.programs[0].made_from.own;
  ASSERT_EQ(own.size(), 3U);
  EXPECT_FALSE(own[0].inputs[0].digest);
  EXPECT_EQ(own[2].importer, "example.com/shop/cmd/api");
  EXPECT_EQ(own[2].inputs[0].path, "P/with blank");
  EXPECT_EQ(read.programs[0].info->dependencies[1].effective().path, "../b");
  EXPECT_EQ(read.programs[0].memory_limit, "automemlimit");
  EXPECT_EQ(read.facts.at("env"), "01ab");
}

TEST(SharedRecord, OfALaterVersionIsRefusedByThatName) {
  auto json = parse_json(*to_text(sample_record()), "it");
  json["version"] = 2;
  json["programs"] = "something new";
  EXPECT_NE(refusal_of(canonical(json)).find("it is of version 2, and this whittle knows 1"),
            std::string::npos);
}

TEST(SharedRecord, WithoutAFieldIsRefused) {
  const auto whole = parse_json(*to_text(sample_record()), "it");
  for (const auto& item : whole.items()) {
    auto json = whole;
    json.erase(item.key());
    EXPECT_NE(refusal_of(canonical(json)), "no error") << item.key();
  }
}

TEST(SharedRecord, OnlyFilesOfTheProjectAreInputs) {
  for (const auto* input :
       {"f absent /etc/passwd", "f absent R/src/fmt/print.go", "x absent P/a", "f short P/a", "f", ""}) {
    auto json = parse_json(*to_text(sample_record()), "it");
    json["programs"][0]["packages"][0]["inputs"] = Json::array({input});
    EXPECT_NE(refusal_of(canonical(json)).find("is no input"), std::string::npos) << input;
  }
}

TEST(SharedRecord, AProgramMadeFromNothingWouldFitEverything) {
  auto json = parse_json(*to_text(sample_record()), "it");
  for (auto& package : json["programs"][0]["packages"]) package["inputs"] = Json::array();
  EXPECT_NE(refusal_of(canonical(json)).find("made from nothing"), std::string::npos);
}

TEST(SharedRecord, WhatIsSaidOfAMemoryLimitIsOneOfThreeWords) {
  auto json = parse_json(*to_text(sample_record()), "it");
  json["programs"][0]["memoryLimit"] = "\u001b[31m";
  EXPECT_NE(refusal_of(canonical(json)).find("sets no memory limit"), std::string::npos);
}

TEST(SharedRecord, ANameThatIsNotUtf8CannotBeShared) {
  auto record = sample_record();
  record.programs[0].made_from.own[0].inputs[0].path = "P/\xff.go";
  EXPECT_FALSE(to_text(record));
}

}  // namespace
}  // namespace whittle::builder
