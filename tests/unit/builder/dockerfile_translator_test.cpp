// Each folder of dockerfiles/ has a Dockerfile, and what comes of it: whittle.yaml and report.
// WHITTLE_ACCEPT=1 writes these anew. `tree` says what the sources are to hold.
#include "builder/dockerfile_translator.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <sstream>

#include "builder/dockerfile_parser.hpp"
#include "builder/spec.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "tests/unit/builder/golden.hpp"

namespace whittle::builder {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

fs::path dockerfiles() {
  return source_folder() / "tests/unit/builder/dockerfiles";
}

SourceScan tree() {
  SourceScan scan;
  std::istringstream lines(read_file(dockerfiles() / "tree", 1U << 20U));
  std::string what;
  std::string path;
  scan.folders = {"."};
  while (lines >> what >> path) {
    std::string name;
    if (what == "module") lines >> scan.modules[path];
    if (what == "main") {
      lines >> name;
      scan.mains.push_back({path, name});
    }
    if (what != "file") continue;
    scan.files.insert(path);
    for (auto folder = fs::path(path).parent_path(); !folder.empty(); folder = folder.parent_path())
      scan.folders.insert(folder);
  }
  return scan;
}

std::string report_text(const DockerfileReport& report) {
  std::string text;
  for (const auto& line : report.lines()) text += report.text_of(line) + "\n";
  return text + report.summary() + "\n";
}

Translation translated(std::string_view text, const std::string& target = "") {
  return translate_dockerfile(text, {"Dockerfile", target}, tree());
}

std::string message_of(std::string_view text, const std::string& target = "") {
  try {
    translated(text, target);
  } catch (const Error& error) {
    return fmt::format("{}: {}", name_of(error.kind()), error.what());
  }
  return "translated";
}

class Dockerfiles : public testing::TestWithParam<std::string> {};

TEST_P(Dockerfiles, BecomeWhatIsCheckedIn) {
  const auto folder = dockerfiles() / GetParam();
  const auto text = read_file(folder / "Dockerfile", longest_dockerfile);
  try {
    const auto translation = translate_dockerfile(text, {"Dockerfile", ""}, tree());
    const auto yaml = to_yaml(translation.spec);
    expect_golden(folder / "whittle.yaml", yaml);
    expect_golden(folder / "report", report_text(translation.report));
    expect_readable(yaml);
  } catch (const Error& error) {
    expect_golden(folder / "report", fmt::format("{}: {}\n", name_of(error.kind()), error.what()));
    EXPECT_FALSE(fs::exists(folder / "whittle.yaml"));
  }
}

std::vector<std::string> all() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(dockerfiles()))
    if (entry.is_directory()) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, Dockerfiles, testing::ValuesIn(all()), [](const auto& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Dockerfiles, AreManyEnough) {
  EXPECT_GE(all().size(), 30U);
}

const std::string builder = "FROM golang:1.22 AS b\nWORKDIR /src\nCOPY . .\nRUN go build -o /api ./cmd/api\n";

TEST(DockerfileTranslator, TakesTheStageThatIsAskedFor) {
  const auto text =
      builder +
      "FROM scratch AS one\nCOPY --from=b /api /api\nFROM scratch AS two\nCOPY --from=b /api /two\n";
  EXPECT_EQ(translated(text, "ONE").spec.images.front().binaries.front().path, "/api");
  EXPECT_EQ(translated(text).spec.images.front().binaries.front().path, "/two");
  EXPECT_THAT(message_of(text, "three"), HasSubstr("usage: Dockerfile has no stage \"three\""));
}

TEST(DockerfileTranslator, RefusesWhatHasNoGoProgram) {
  EXPECT_THAT(message_of("FROM alpine\n"), HasSubstr("unsupported: no Go program comes into the image"));
  EXPECT_THAT(message_of(""), HasSubstr("unsupported: Dockerfile has no FROM"));
  EXPECT_THAT(message_of("# only a comment\n"), HasSubstr("no FROM"));
}

// Hostile 267.
TEST(DockerfileTranslator, SurvivesALineOfTenMegabytes) {
  const auto start = std::chrono::steady_clock::now();
  const auto translation = translated(builder + "RUN echo " + std::string(10U << 20U, 'x') +
                                      "\nFROM scratch\nCOPY --from=b /api /api\n");
  EXPECT_EQ(translation.report.count(Fate::not_translated), 1U);
  EXPECT_LT(to_yaml(translation.spec).size(), 4096U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(DockerfileTranslator, BoundsWhatGrows) {  // hostile 267
  std::string doubling = builder + "ENV A=xxxxxxxxxxxxxxxx\n";
  for (int i = 0; i < 60; ++i) doubling += "ENV A=$A$A\n";
  EXPECT_THAT(report_text(translated(doubling).report), HasSubstr("longer than 65536 bytes"));

  std::string copies = builder;
  for (int i = 0; i < 90; ++i)
    copies += fmt::format("FROM b AS s{}\nCOPY --from={} / /x\nCOPY --from={} / /y\n", i, i, i);
  EXPECT_THAT(report_text(translated(copies + "FROM scratch\nCOPY --from=s89 /api /api\n").report),
              HasSubstr("more than 2000 files"));

  std::string stages;
  for (int i = 0; i < 200; ++i) stages += "FROM scratch\n";
  EXPECT_THAT(message_of(stages), HasSubstr("limit: there are more than 100 stages"));
  std::string lines = "FROM scratch\n";
  for (int i = 0; i < 5000; ++i) lines += "USER 1\n";
  EXPECT_THAT(message_of(lines), HasSubstr("limit: Dockerfile has more than 4000 instructions"));
}

TEST(DockerfileTranslator, ShowsNoForeignControlCharacters) {
  EXPECT_THAT(message_of("FROM scratch\nRUN \x1b[31m\n"),
              HasSubstr("unsupported: Dockerfile has control characters"));
  EXPECT_THAT(message_of("FROM scratch\xff\n"), HasSubstr("is not UTF-8"));
  const auto translation =
      translated(builder + "LABEL a=\"\xe2\x80\xae\"\nENV \"B C\"=1\nFROBNICATE \xe2\x80\xae\n");
  expect_readable(to_yaml(translation.spec));
  EXPECT_THAT(report_text(translation.report), testing::Not(HasSubstr("\xe2\x80\xae")));
}

TEST(DockerfileTranslator, ReportsInJson) {
  const auto json = translated(builder).report.to_json();
  EXPECT_EQ(json.at("schemaVersion"), 1);
  EXPECT_EQ(json.at("notTranslated"), 0);
  EXPECT_EQ(json.at("lines").at(0).at("line"), 1);
  EXPECT_EQ(json.at("lines").size(), translated(builder).report.lines().size());
}

}  // namespace
}  // namespace whittle::builder
