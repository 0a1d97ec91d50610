// The parts that prepare and read go commands, without running go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "builder/assemble.hpp"
#include "builder/build_values.hpp"
#include "builder/go_build.hpp"
#include "builder/go_environment.hpp"
#include "builder/go_errors.hpp"
#include "builder/go_project.hpp"
#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> environment_on(const Host& host) {
  return go_environment(host, {"/go", "/go/bin/go", "1.26.8", Digest::of("")}, {"/cache", "/mod", "/private"},
                        layers::Platform::parse("linux/arm64"), {}, false);
}

TEST(GoEnvironment, Hostile027to034_NothingOfTheHostReachesTheCompiler) {
  Host host;
  for (const auto* name : {"GOFLAGS", "GOCACHEPROG", "GOTOOLDIR", "GOROOT", "GOEXPERIMENT", "GODEBUG",
                           "GOAUTH", "GOVCS", "GOINSECURE", "CGO_CFLAGS", "CGO_LDFLAGS", "CC", "CXX", "AR",
                           "PKG_CONFIG", "LANG", "TZ", "LD_PRELOAD", "AWS_SECRET_ACCESS_KEY"})
    host.environment[name] = "canary";
  for (const auto& variable : environment_on(host)) EXPECT_THAT(variable, Not(HasSubstr("canary")));
}

TEST(GoEnvironment, GarbageIsCollectedOnlyWhereMemoryIsShort) {
  EXPECT_THAT(garbage_collection(16ULL << 30U, 2), ElementsAre("GOGC=off", "GOMEMLIMIT=4294967296"));
  EXPECT_THAT(garbage_collection(1ULL << 30U, 2), ElementsAre("GOGC=400"));
  EXPECT_THAT(garbage_collection(0, 8), ElementsAre("GOGC=400"));
}

TEST(GoEnvironment, WhereModulesComeFromPasses) {
  Host host;
  host.environment = {{"GOPROXY", "off"}, {"GOPRIVATE", "example.com"}, {"https_proxy", "http://p"}};
  const auto environment = environment_on(host);
  EXPECT_THAT(environment, Contains("GOPROXY=off"));
  EXPECT_THAT(environment, Contains("GOPRIVATE=example.com"));
  EXPECT_THAT(environment, Contains("https_proxy=http://p"));
  EXPECT_THAT(environment, Contains("GOWORK=off"));
  EXPECT_THAT(environment, Contains("GOARM64=v8.0"));
  EXPECT_THAT(environment, Contains("GOFLAGS=-mod=readonly"));
}

TEST(GoEnvironment, Hostile028_OfTheUsersGoEnvFileOnlySourcesAreTaken) {
  const TemporaryFolder home(fs::temp_directory_path());
  fs::create_directories(home.path() / ".config/go");
  std::ofstream(home.path() / ".config/go/env")
      << "GOFLAGS=-toolexec=canary\nGOPROXY=file:///proxy\nCC=canary\n";
  Host host;
  host.home = home.path();
  const auto environment = environment_on(host);
  EXPECT_THAT(environment, Contains("GOPROXY=file:///proxy"));
  EXPECT_THAT(environment, Contains("GOENV=off"));
  for (const auto& variable : environment) EXPECT_THAT(variable, Not(HasSubstr("canary")));
}

TEST(LinkerFlags, Hostile040_AreQuotedByGosRules) {
  EXPECT_EQ(joined_linker_flags({"-s", "-X=main.v=1"}), "-s -X=main.v=1");
  EXPECT_EQ(joined_linker_flags({"-X=main.v=a b"}), "'-X=main.v=a b'");
  EXPECT_EQ(joined_linker_flags({"-X=main.v=it's"}), "\"-X=main.v=it's\"");
  EXPECT_THROW(joined_linker_flags({"-X=main.v='\""}), Error);
}

TEST(ExecutableName, FollowsGo) {
  EXPECT_EQ(executable_name("./cmd/api"), "api");
  EXPECT_EQ(executable_name("example.com/tool/v2"), "tool");
  EXPECT_EQ(executable_name("."), "");
}

class LocateMain : public testing::Test {
 protected:
  void make(const fs::path& file, const std::string& text = "") {
    fs::create_directories((root / file).parent_path());
    std::ofstream(root / file) << text;
  }
  TemporaryFolder folder{fs::temp_directory_path()};
  fs::path root = fs::canonical(folder.path());
  SilentReporter reporter;
};

TEST_F(LocateMain, FindsModuleAndWorkspace) {
  make("repo/.git/HEAD");
  make("repo/go.work", "go 1.26\nuse ./a\n");
  make("repo/a/go.mod", "module example.com/a\n");
  make("repo/a/cmd/x/main.go");
  const auto main = locate_main(root / "repo/a", "./cmd/x", reporter);
  EXPECT_EQ(main.module, root / "repo/a");
  EXPECT_EQ(main.workspace, root / "repo/go.work");
  EXPECT_EQ(main.pattern, "./cmd/x");
  EXPECT_EQ(module_path(main.module), "example.com/a");
  EXPECT_EQ(named_folders(main.workspace), std::vector<fs::path>{root / "repo/a"});
}

TEST_F(LocateMain, Hostile031_AWorkspaceOutsideTheRepositoryIsNotUsed) {
  make("go.work", "go 1.26\n");
  make("repo/.git/HEAD");
  make("repo/go.mod", "module example.com/a\n");
  const auto main = locate_main(root / "repo", ".", reporter);
  EXPECT_TRUE(main.workspace.empty());
  EXPECT_EQ(main.pattern, ".");
}

TEST_F(LocateMain, Hostile041_NamesThatGoWouldReadOtherwiseAreRefused) {
  make("go.mod", "module example.com/a\n");
  for (const auto* name : {"-toolexec=x", "./...", "example.com/a@latest", "./main.go", "", "./absent"})
    EXPECT_THROW(locate_main(root, name, reporter), Error) << name;
}

// What a refused replacement is told.
template <class Check>
std::string replacement_refusal(const Check& check) {
  try {
    check();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::policy);
    return error.message();
  }
  return "nothing";
}

TEST_F(LocateMain, Hostile032_AReplacementOutsideTheRepositoryHasToBeDeclared) {
  make("lib/go.mod", "module example.com/lib\n");
  make("repo/.git/HEAD");
  make("repo/inside/go.mod", "module example.com/inside\n");
  make("repo/api/go.mod",
       "module example.com/api\nreplace (\n\texample.com/inside v1.0.0 => ../inside\n"
       "\texample.com/lib => ../../lib // beside\n)\n");
  const auto check = [&](const std::string& of, const std::vector<std::string>& declared) {
    check_replacements(locate_main(root / of, ".", reporter), root / of, declared);
  };
  EXPECT_THAT(replacement_refusal([&] { check("repo/api", {}); }), testing::HasSubstr("example.com/lib"));
  EXPECT_THAT(replacement_refusal([&] { check("repo/api", {"../inside"}); }),
              testing::HasSubstr((root / "lib").native()));
  EXPECT_NO_THROW(check("repo/api", {"../../lib"}));
  EXPECT_NO_THROW(check("repo/api", {(root / "lib").native()}));
  // A link inside leads outside.
  fs::create_directory_symlink(root / "lib", root / "repo/linked");
  make("repo/web/go.mod", "module example.com/web\nreplace example.com/lib => ../linked\n");
  EXPECT_THAT(replacement_refusal([&] { check("repo/web", {}); }), testing::HasSubstr("example.com/lib"));
  // What is vendored is read from there.
  make("repo/web/vendor/modules.txt");
  EXPECT_NO_THROW(check("repo/web", {}));
}

TEST_F(LocateMain, Hostile032_WithoutARepositoryTheFolderOfTheSpecCounts) {
  make("lib/go.mod", "module example.com/lib\n");
  make("api/go.mod", "module example.com/api\nreplace example.com/lib => ../lib\n");
  const auto main = locate_main(root / "api", ".", reporter);
  EXPECT_THROW(check_replacements(main, root / "api", {}), Error);
  EXPECT_NO_THROW(check_replacements(main, root, {}));
}

TEST_F(LocateMain, Hostile032_TheModulesOfAWorkspaceAreAskedToo) {
  make("lib/go.mod", "module example.com/lib\n");
  make("repo/.git/HEAD");
  make("repo/go.work", "go 1.26\nuse (\n\t./a\n\t./b\n)\n");
  make("repo/a/go.mod", "module example.com/a\n");
  make("repo/b/go.mod", "module example.com/b\nreplace example.com/lib => ../../lib\n");
  const auto main = locate_main(root / "repo/a", ".", reporter);
  EXPECT_THAT(replacement_refusal([&] { check_replacements(main, root / "repo/a", {}); }),
              testing::HasSubstr("example.com/lib"));
}

TEST(GoFailure, KindsFollowWhatGoSays) {
  Outcome outcome;
  outcome.exit_code = 1;
  outcome.errors = "# example.com/x\nmain.go:1:1: undefined: y\n";
  EXPECT_EQ(go_failure(outcome, "compiling").kind(), ErrorKind::source);
  outcome.errors = "go: go.mod requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)\n";
  EXPECT_EQ(go_failure(outcome, "compiling").kind(), ErrorKind::toolchain);
  outcome.errors = "example.com/x@v1: Get \"https://x\": dial tcp: connection refused\n";
  EXPECT_EQ(go_failure(outcome, "compiling").kind(), ErrorKind::network);
  outcome.signal = 9;
  EXPECT_EQ(go_failure(outcome, "compiling").kind(), ErrorKind::toolchain);
}

TEST(GoFailure, Hostile053_ShowsTheEndOfWhatGoWrote) {
  Outcome outcome;
  outcome.exit_code = 1;
  for (int i = 0; i < 10'000; ++i) outcome.errors += "line " + std::to_string(i) + "\n";
  const auto error = go_failure(outcome, "compiling");
  EXPECT_THAT(error.message(), testing::StartsWith("compiling: go failed with exit code 1:\n…\nline "));
  EXPECT_THAT(error.message(), testing::EndsWith("\nline 9999"));
  EXPECT_LT(error.message().size(), 17'000U);
  outcome.errors = std::string(1'000'000, '\0') + "\x1b[31mthe end\n";
  EXPECT_THAT(go_failure(outcome, "compiling").message(), testing::EndsWith(R"(\x00\x1b[31mthe end)"));
}

TEST(BuildValues, SourceFollowsTheModulePath) {
  EXPECT_EQ(source_of_module("example.com/org/tool/v3"), "https://example.com/org/tool");
  EXPECT_EQ(source_of_module("tool"), std::nullopt);
}

TEST(Execution, InheritsAsFromWould) {
  layers::Execution base;
  base.user = "1000";
  base.env = {"PATH=/bin", "A=1"};
  base.entrypoint = {{"/old"}};
  base.cmd = {{"old"}};
  base.labels = {{"a", "base"}, {"b", "base"}};
  ImageSpec spec;
  spec.name = "x";
  spec.binaries = {{"./x", "/usr/bin/x"}};
  spec.env = {{"A", "2"}, {"B", "3"}};
  const auto execution = execution_of(spec, base, {{"a", "spec"}}, true);
  EXPECT_EQ(execution.user, "1000");
  EXPECT_EQ(execution.env, (std::vector<std::string>{"PATH=/bin", "A=2", "B=3"}));
  EXPECT_EQ(execution.entrypoint, std::vector<std::string>{"/usr/bin/x"});
  EXPECT_FALSE(execution.cmd);
  EXPECT_EQ(execution.labels.at("a"), "spec");
  EXPECT_EQ(execution.labels.at("b"), "base");
  base.user = "root";
  EXPECT_EQ(execution_of(spec, base, {}, true).user, "65532:65532");
}

TEST(Timestamp, IsRfc3339) {
  EXPECT_EQ(timestamp(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(timestamp(253402300799), "9999-12-31T23:59:59Z");
}

}  // namespace
}  // namespace whittle::builder
