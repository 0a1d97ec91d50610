#include "cli/annotations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace whittle::cli {
namespace {
namespace fs = std::filesystem;

using ::testing::StartsWith;

class Annotations : public ::testing::Test {
 protected:
  Annotations() {
    std::string name = (fs::temp_directory_path() / "annotations.XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    workspace_ = name;
    put("whittle.yaml");
    put("shop/whittle.yaml");
    put("shop/cmd/api/main.go");
    host_.working_directory = workspace_ / "shop";
    host_.environment = {{"GITHUB_ACTIONS", "true"}, {"GITHUB_WORKSPACE", workspace_.native()}};
  }
  ~Annotations() override { fs::remove_all(workspace_); }

  void put(const std::string& file) {
    fs::create_directories((workspace_ / file).parent_path());
    std::ofstream(workspace_ / file) << "x\n";
  }
  std::string of(const std::string& message, const std::vector<std::string>& arguments = {}) {
    return annotations_of(Error(ErrorKind::spec, message), host_, arguments);
  }

  fs::path workspace_;
  builder::Host host_;
};

TEST_F(Annotations, AreForGitHubAlone) {
  host_.environment.erase("GITHUB_ACTIONS");
  EXPECT_EQ(of("whittle.yaml:3:5: unknown key"), "");
}

TEST_F(Annotations, NameTheFileFromTheWorkspaceOn) {
  EXPECT_EQ(of("reading the spec: whittle.yaml:3:5: unknown key \"imges\""),
            "::error file=shop/whittle.yaml,line=3,col=5,title=whittle::unknown key \"imges\"\n");
  EXPECT_EQ(of("whittle.yaml:3: no column"),
            "::error file=shop/whittle.yaml,line=3,title=whittle::no column\n");
}

TEST_F(Annotations, OfSeveralLinesAreOneForEachPlace) {
  EXPECT_EQ(of("compiling ./cmd/api: go failed with exit code 1:\n# example.com/shop\ncmd/api/main.go:1:2: "
               "undefined: a\n"
               "cmd/api/main.go:9:1: undefined: b"),
            "::error file=shop/cmd/api/main.go,line=1,col=2,title=whittle::undefined: a\n"
            "::error file=shop/cmd/api/main.go,line=9,col=1,title=whittle::undefined: b\n");
}

TEST_F(Annotations, FindFilesBesideTheSpecThatWasNamed) {
  host_.working_directory = workspace_;
  EXPECT_THAT(of("cmd/api/main.go:1:2: undefined: a", {"build", "-f", "shop/whittle.yaml"}),
              StartsWith("::error file=shop/cmd/api/main.go,line=1,col=2,"));
  EXPECT_THAT(of("cmd/api/main.go:1:2: undefined: a", {"build", "--file=shop/whittle.yaml"}),
              StartsWith("::error file=shop/cmd/api/main.go,line=1,col=2,"));
}

TEST_F(Annotations, FindFilesInAFolderAbove) {
  put("go.sum");
  EXPECT_THAT(of("go.sum:2: a bad line"), StartsWith("::error file=go.sum,line=2,"));
}

TEST_F(Annotations, TakeNoHostAndPortForAFile) {
  EXPECT_EQ(of("pushing localhost:5000/shop/api:1.4: 127.0.0.1:80: connection refused"),
            "::error title=whittle::pushing localhost:5000/shop/api:1.4: 127.0.0.1:80: connection refused\n");
}

TEST_F(Annotations, AreTenAtMost) {
  std::string message;
  for (int i = 1; i < 30; ++i) message += "whittle.yaml:" + std::to_string(i) + ": x\n";
  const auto text = of(message);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
}

TEST_F(Annotations, CanBeginNoOtherCommand) {
  put("shop/a,b%.yaml");
  const auto error = Error(ErrorKind::spec, "a,b%.yaml:1: 100%\r ::set-env name=X::y").hint("do\nthis");
  EXPECT_EQ(annotations_of(error, host_, {}),
            "::error file=shop/a%2Cb%25.yaml,line=1,title=whittle::100%25%0D ::set-env name=X::y%0Ahint: "
            "do%0Athis\n");
}

TEST_F(Annotations, SurviveLinesOfColonsAndNumbers) {
  EXPECT_THAT(of(std::string(5000, ':') + "1:2:3:" + std::string(400, '9')),
              StartsWith("::error title=whittle::"));
  EXPECT_THAT(of(":1:"), StartsWith("::error title=whittle::"));
}

}  // namespace
}  // namespace whittle::cli
