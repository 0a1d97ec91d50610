#include "builder/file_states.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "common/file.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;

class FileStatesTest : public testing::Test {
 protected:
  void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::trunc) << text; }
  void set_time(const fs::path& path, timespec time) {
    const timespec times[2] = {time, time};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }
  timespec time_of(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mtim;
  }
  TemporaryFolder folder{fs::temp_directory_path()};
  fs::path saved = folder.path() / "states";
  fs::path file = folder.path() / "file";
};

TEST_F(FileStatesTest, AnswersWithTheContentsDigest) {
  write(file, "one");
  FileStates states(saved);
  EXPECT_EQ(states.file(file.native()), Digest::of("one"));
  EXPECT_EQ(states.file((folder.path() / "absent").native()), std::nullopt);
  EXPECT_EQ(states.file(folder.path().native()), std::nullopt);
}

// The worst defect of all: same size, same time, other bytes, between two runs.
TEST_F(FileStatesTest, SameSizeAndTimeWithOtherBytesIsNoticed) {
  write(file, "one");
  const auto time = time_of(file);
  FileStates first(saved);
  ASSERT_EQ(first.file(file.native()), Digest::of("one"));
  first.save();
  write(file, "two");
  set_time(file, time);
  FileStates second(saved);
  EXPECT_EQ(second.file(file.native()), Digest::of("two"));
}

// However quickly a change follows the reading, within one tick of the clock too.
TEST_F(FileStatesTest, ChangesWithinOneTickAreNoticed) {
  for (int round = 0; round < 300; ++round) {
    write(file, "aaaa");
    FileStates first(saved);
    ASSERT_EQ(first.file(file.native()), Digest::of("aaaa"));
    first.save();
    write(file, "bbbb");
    FileStates second(saved);
    ASSERT_EQ(second.file(file.native()), Digest::of("bbbb")) << "round " << round;
  }
}

// A file from the future (the clock was set back since) is read again every time.
TEST_F(FileStatesTest, TimesInTheFutureVouchForNothing) {
  write(file, "one");
  auto future = file_clock_now();
  future.tv_sec += 3600;
  set_time(file, future);
  FileStates first(saved);
  ASSERT_EQ(first.file(file.native()), Digest::of("one"));
  first.save();
  write(file, "two");
  set_time(file, future);
  FileStates second(saved);
  EXPECT_EQ(second.file(file.native()), Digest::of("two"));
}

TEST_F(FileStatesTest, ListingsNoticeNamesAndNotContents) {
  const auto sub = folder.path() / "sub";
  fs::create_directory(sub);
  write(sub / "a.go", "package a");
  FileStates states(saved);
  const auto before = states.listing(sub.native());
  const auto full = states.full_listing(sub.native());
  write(sub / "a.go", "package b");
  EXPECT_EQ(FileStates(saved).listing(sub.native()), before);
  fs::create_directory(sub / "deeper");
  EXPECT_EQ(FileStates(saved).listing(sub.native()), before);
  EXPECT_NE(FileStates(saved).full_listing(sub.native()), full);
  write(sub / "b.go", "package a");
  EXPECT_NE(FileStates(saved).listing(sub.native()), before);
}

TEST_F(FileStatesTest, NamesWhatChangedSince) {
  write(file, "one");
  const auto start = next_file_time();
  FileStates states(saved);
  ASSERT_TRUE(states.file(file.native()));
  EXPECT_EQ(states.changed_since(start, "/mod"), std::nullopt);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  write(file, "two");
  EXPECT_EQ(states.changed_since(start, "/mod"), file.native());
}

// A file's time is ahead of the clock's on kernels that take a finer one for files that were looked at.
TEST_F(FileStatesTest, WhatWasWrittenJustBeforeIsBefore) {
  FileStates states(saved);
  for (int round = 0; round < 50; ++round) {
    write(file, fmt::format("{}", round));
    ASSERT_TRUE(fs::is_regular_file(fs::status(file)));
    write(file, fmt::format("{}.", round));
    const auto start = next_file_time();
    states.forget_changed();
    ASSERT_TRUE(states.file(file.native()));
    ASSERT_EQ(states.changed_since(start, "/mod"), std::nullopt) << round;
  }
}

TEST_F(FileStatesTest, ForgetsWhatMayHaveChangedSinceItWasRead) {
  FileStates states(saved);
  write(file, "one");
  const auto first = states.file(file.native());
  write(file, "two");                            // of the same size, and perhaps within the same tick
  EXPECT_EQ(states.file(file.native()), first);  // within a run a file has one digest
  states.forget_changed();
  EXPECT_EQ(states.file(file.native()), Digest::of("two"));
}

// The first build on a machine: go fetches the modules while it runs.
TEST_F(FileStatesTest, WhatGoFetchedMeanwhileDidNotChange) {
  const auto modules = folder.path() / "mod";
  const auto old = (modules / "old.go").native();
  const auto fetched = (modules / "new" / "new.go").native();
  fs::create_directory(modules);
  write(old, "one");
  const auto start = next_file_time();
  fs::create_directory(modules / "new");
  write(fetched, "new");
  FileStates states(saved);
  ASSERT_TRUE(states.file(old) && states.file(fetched) && states.listing((modules / "new").native()));
  EXPECT_EQ(states.changed_since(start, modules), std::nullopt);
  EXPECT_NE(states.changed_since(start, folder.path() / "elsewhere"), std::nullopt);
  ASSERT_TRUE(states.file(fetched));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  write(fetched, "two");
  EXPECT_EQ(states.changed_since(start, modules), fetched);
  write(old, "two");
  EXPECT_EQ(states.changed_since(start, modules), old);
}

// A file that is read has an answer for this run; one that appears has not had any.
TEST_F(FileStatesTest, WhatIsAbsentIsAskedForAgain) {
  FileStates states(saved);
  EXPECT_EQ(states.file(file.native()), std::nullopt);
  write(file, "one");
  EXPECT_EQ(states.file(file.native()), Digest::of("one"));
  write(file, "two");
  EXPECT_EQ(states.file(file.native()), Digest::of("one"));
  EXPECT_EQ(FileStates(saved).file(file.native()), Digest::of("two"));
}

TEST_F(FileStatesTest, AnOpenFileThatIsAnotherNowHasAnotherDigest) {
  write(file, "one");
  FileStates states(saved);
  ASSERT_EQ(states.file(file.native()), Digest::of("one"));
  write(file, "other");
  const Fd fd(::open(file.c_str(), O_RDONLY));
  EXPECT_EQ(states.open_file(fd.get(), file.native()), Digest::of("other"));
  EXPECT_EQ(states.file(file.native()), Digest::of("other"));
}

TEST_F(FileStatesTest, SavedStatesOutliveOtherRunsAndNotTheirFiles) {
  const auto other = folder.path() / "other";
  write(file, "one");
  write(other, "other");
  const auto size_after = [&](const fs::path& asked) {
    FileStates states(saved);
    EXPECT_TRUE(states.file(asked.native()));
    states.save();
    return fs::file_size(saved);
  };
  const auto one = size_after(file);
  const auto both = size_after(other);
  EXPECT_GT(both, one);
  EXPECT_EQ(size_after(file), both);
  fs::remove(other);
  EXPECT_EQ(size_after(file), one);
}

TEST_F(FileStatesTest, NothingIsWrittenWhenNothingWasLearned) {
  const auto old = fs::canonical("/bin/sh").native();
  FileStates first(saved);
  const auto digest = first.file(old);
  ASSERT_TRUE(digest);
  first.save();
  FileStates second(saved);
  EXPECT_EQ(second.file(old), digest);
  fs::remove(saved);
  second.save();
  EXPECT_FALSE(fs::exists(saved));
}

TEST_F(FileStatesTest, Hostile210_BrokenStatesAreNoStates) {
  write(file, "one");
  {
    FileStates states(saved);
    ASSERT_TRUE(states.file(file.native()));
    states.save();
  }
  std::string text = read_file(saved, 1U << 20U);
  for (std::size_t at = 0; at < text.size(); at += 7) {
    std::string broken = text;
    broken[at] = static_cast<char>(broken[at] ^ 0x15);
    write(saved, broken);
    EXPECT_EQ(FileStates(saved).file(file.native()), Digest::of("one"));
    write(saved, text.substr(0, at));
    EXPECT_EQ(FileStates(saved).file(file.native()), Digest::of("one"));
  }
}

}  // namespace
}  // namespace whittle::builder
