// The whole way with what the world serves: fetches some 200 MB, so it runs only where WHITTLE_NETWORK_TESTS
// is set, with a Go on the machine that says where modules come from.
#include <cstdlib>
#include <thread>

#include "common/subprocess.hpp"
#include "registry/access.hpp"
#include "tests/unit/toolchains/helpers.hpp"
#include "toolchains/checksum_database.hpp"
#include "toolchains/go_sources.hpp"
#include "toolchains/host_toolchain.hpp"
#include "toolchains/toolchain_choice.hpp"
#include "toolchains/toolchain_store.hpp"

extern char** environ;

namespace whittle::toolchains {
namespace {

namespace fs = std::filesystem;

Environment environment() {
  Environment variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (const auto equals = text.find('='); equals != std::string_view::npos)
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

class ToolchainOfTheWorld : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("WHITTLE_NETWORK_TESTS") == nullptr) GTEST_SKIP() << "WHITTLE_NETWORK_TESTS is not set";
    sources_ = find_go_sources({}, environment(), {});
    if (sources_.goproxy.empty()) GTEST_SKIP() << "no Go here says where modules come from";
    proxy_ = std::make_unique<ModuleProxy>(access_.web(), parse_proxy_list(sources_.goproxy));
    database_ = std::make_unique<ChecksumDatabase>(
        *proxy_, parse_checksum_source(sources_.gosumdb, key_finder(sources_)), place_ / "heads");
    store_ = std::make_unique<ToolchainStore>(ToolchainStore::Places{place_ / "cache", {}, proxy_.get()}, 2,
                                              reporter_, std::stop_token());
  }
  LockedToolchain lock(const std::string& module_version) {
    return {ToolchainId::parse(module_version).value(),
            database_->hash_of(std::string(toolchain_module), module_version),
            {}};
  }
  std::string output(const std::vector<std::string>& argv, const fs::path& directory,
                     std::vector<std::string> variables = {}) {
    variables.push_back("GOCACHE=" + (place_ / "go-cache").native());
    variables.push_back("GOPATH=" + (place_ / "gopath").native());
    variables.push_back("GOPROXY=" + sources_.goproxy);
    variables.push_back("GOFLAGS=-modcacherw");
    Command command;
    command.argv = argv;
    command.environment = std::move(variables);
    command.directory = directory;
    const auto outcome = run(command, {});
    EXPECT_TRUE(outcome.succeeded()) << outcome.output << outcome.errors;
    return outcome.output;
  }

  test::WorkPlace place_;
  SilentReporter reporter_;
  registry::Access access_{{place_ / "images"}, reporter_, {}};
  GoSources sources_;
  std::unique_ptr<ModuleProxy> proxy_;
  std::unique_ptr<ChecksumDatabase> database_;
  std::unique_ptr<ToolchainStore> store_;
};

TEST_F(ToolchainOfTheWorld, IsFetchedVerifiedAndCompiles) {
  const auto listed = proxy_->versions(std::string(toolchain_module));
  EXPECT_GE(choose_version({{}, {GoVersion::parse("1.26.0"), {}}},
                           [&] { return versions_for(listed, "linux", "amd64"); }),
            GoVersion::parse("1.26.8").value());
  const auto amd64 = lock("v0.0.1-go1.26.8.linux-amd64");
  const auto arm64 = lock("v0.0.1-go1.26.8.linux-arm64");
  EXPECT_NE(amd64.hash, arm64.hash);
  const auto there = store_->provide(amd64);
  EXPECT_TRUE(fs::exists(store_->provide(arm64).go()));
  EXPECT_TRUE(host_toolchain_matches(there.goroot, amd64.id, amd64.hash, 2, {}));
  EXPECT_EQ(output({there.go(), "version"}, "/", {"GOTOOLCHAIN=local"}), "go version go1.26.8 linux/amd64\n");
  const fs::path shop = fs::path(std::getenv("WHITTLE_SOURCE_DIR")) / "fixtures" / "shop";
  output({there.go(), "build", "-o", place_ / "programs/", "./..."}, shop,
         {"GOTOOLCHAIN=local", "CGO_ENABLED=0"});
  EXPECT_FALSE(fs::is_empty(place_ / "programs"));
}

TEST_F(ToolchainOfTheWorld, IsWhatGoItselfUnpacks) {
  const auto version = "v0.0.1-go1.26.7.linux-amd64";  // not the one of this machine, lest go uses that
  const auto ours = store_->provide(lock(version)).goroot;
  output({find_go_commands(environment()).at(0), "version"}, "/", {"GOTOOLCHAIN=go1.26.7"});
  const auto theirs = place_ / "gopath/pkg/mod/golang.org" / (std::string("toolchain@") + version);
  EXPECT_EQ(output({"/usr/bin/diff", "-r", ours, theirs}, "/"), "");
  for (const auto& item : fs::recursive_directory_iterator(ours)) {
    if (!item.is_regular_file()) continue;
    const auto execute = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
    EXPECT_EQ(item.status().permissions() & execute,
              fs::status(theirs / item.path().lexically_relative(ours)).permissions() & execute)
        << item.path();
  }
}

}  // namespace
}  // namespace whittle::toolchains
