#include "builder/arrivals.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "common/file.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;

class ArrivalsTest : public ::testing::Test {
 protected:
  // A file is renamed into the folder, as go does with what it linked.
  void finish(const std::string& name) {
    write_file(scratch_.path() / name, "content", AtomicFile::Durability::content);
    fs::rename(scratch_.path() / name, folder_.path() / name);
  }
  TemporaryFolder scratch_{fs::temp_directory_path()};
  TemporaryFolder folder_{fs::temp_directory_path()};
};

TEST_F(ArrivalsTest, TellsEachFileAsItIsFinished) {
  Arrivals arrivals(folder_.path());
  finish("api");
  EXPECT_EQ(arrivals.next(), "api");
  finish("web");
  finish("worker");
  EXPECT_EQ(arrivals.next(), "web");
  EXPECT_EQ(arrivals.next(), "worker");
}

TEST_F(ArrivalsTest, WhatArrivedBeforeTheEndIsToldAfterIt) {
  Arrivals arrivals(folder_.path());
  finish("api");
  arrivals.end();
  EXPECT_EQ(arrivals.next(), "api");
  EXPECT_EQ(arrivals.next(), std::nullopt);
  EXPECT_EQ(arrivals.next(), std::nullopt);
}

TEST_F(ArrivalsTest, TheEndWakesWhoWaits) {
  Arrivals arrivals(folder_.path());
  std::jthread other([&] { arrivals.end(); });
  EXPECT_EQ(arrivals.next(), std::nullopt);
}

TEST_F(ArrivalsTest, AFileArrivesWhenItIsClosed) {
  Arrivals arrivals(folder_.path());
  std::ofstream slow(folder_.path() / "slow");
  slow << "half" << std::flush;
  finish("api");
  EXPECT_EQ(arrivals.next(), "api");
  slow.close();
  EXPECT_EQ(arrivals.next(), "slow");
}

TEST_F(ArrivalsTest, AnAbsentFolderIsNoError) {
  Arrivals arrivals(folder_.path() / "absent");
  arrivals.end();
  EXPECT_EQ(arrivals.next(), std::nullopt);
}

}  // namespace
}  // namespace whittle::builder
