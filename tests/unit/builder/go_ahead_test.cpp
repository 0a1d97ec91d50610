#include "builder/go_ahead.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/module_zip_maker.hpp"
#include "toolchains/module_zip.hpp"
#include "toolchains/unpack_toolchain.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;

// A module proxy in a folder, which has one toolchain.
class GoAheadTest : public testing::Test {
 protected:
  GoAheadTest() {
    const auto folder = place_.path() / "proxy/golang.org/toolchain/@v";
    make_directories(folder);
    const std::string version = "v0.0.1-go1.26.8.linux-amd64";
    const auto zip = test::make_module_zip(toolchains::toolchain_module, version,
                                           {{"VERSION", "go1.26.8\n"}, {"bin/go", "go"}});
    const auto file = folder / (version + ".zip");
    write_file(file, zip, AtomicFile::Durability::content);
    const toolchains::ModuleZip module(open_file(file), toolchains::toolchain_module, version);
    locked_.toolchains.emplace("linux/amd64", hash_of(module, 1, {}));
    spec_.go_origins = {"file://" + (place_.path() / "proxy").native(), "off"};
    host_.environment = {{"PATH", "/nowhere"}, {"GOMODCACHE", "/nowhere"}};
  }
  ~GoAheadTest() override { toolchains::remove_sealed(place_.path() / "cache"); }
  // What is unpacked in the cache, complete or not.
  std::vector<std::string> kept() const {
    std::vector<std::string> names;
    std::error_code absent;
    for (const auto& item : fs::directory_iterator(cache_.folder() / "toolchains", absent))
      if (item.is_directory()) names.push_back(item.path().filename());
    return names;
  }

  TemporaryFolder place_{fs::temp_directory_path()};
  SilentReporter reporter_;
  Cache cache_{place_.path() / "cache", reporter_};
  FileStates states_{place_.path() / "states"};
  Host host_;
  Spec spec_;
  LockedGo locked_{"1.26.8", {}};
  registry::Access access_{{}, reporter_, {}};
  std::stop_source stop_;
  Origins origins_{spec_, host_, cache_, access_, {}, reporter_, stop_.get_token()};
};

TEST_F(GoAheadTest, GivesWhatItBeganToFetch) {
  GoAhead ahead(host_, cache_, states_, origins_);
  ahead.begin(locked_, "linux/amd64");
  EXPECT_TRUE(ahead.is_fetching());
  ahead.begin(locked_, "linux/amd64");
  const auto go = ahead.get();
  EXPECT_EQ(read_file(go.program, 10), "go");
  EXPECT_EQ(kept().size(), 1U);
  GoAhead again(host_, cache_, states_, origins_);
  again.begin(locked_, "linux/amd64");
  EXPECT_FALSE(again.is_fetching());
  EXPECT_EQ(again.get().root, go.root);
}

TEST_F(GoAheadTest, AFailureIsToldWhenItIsAwaited) {
  locked_.toolchains["linux/amd64"] = "h1:" + std::string(43, 'A') + "=";
  GoAhead ahead(host_, cache_, states_, origins_);
  ahead.begin(locked_, "linux/amd64");
  EXPECT_THAT(test::failure([&] { ahead.get(); }), testing::StartsWith("integrity: "));
  EXPECT_THAT(kept(), testing::IsEmpty());
}

TEST_F(GoAheadTest, NobodyIsToldWhatNobodyAwaits) {
  locked_.toolchains["linux/amd64"] = "h1:" + std::string(43, 'A') + "=";
  { GoAhead(host_, cache_, states_, origins_).begin(locked_, "linux/amd64"); }
  EXPECT_THAT(kept(), testing::IsEmpty());
}

TEST_F(GoAheadTest, AnInterruptionEndsIt) {
  GoAhead ahead(host_, cache_, states_, origins_);
  static_cast<void>(origins_.go_proxy());  // which an interruption would keep from being found
  stop_.request_stop();
  ahead.begin(locked_, "linux/amd64");
  EXPECT_THAT(test::failure([&] { ahead.get(); }), testing::StartsWith("interrupted: "));
  EXPECT_THAT(kept(), testing::IsEmpty());
}

}  // namespace
}  // namespace whittle::builder
