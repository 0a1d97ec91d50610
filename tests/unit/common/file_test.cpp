#include "common/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "tests/support/failure.hpp"

namespace whittle {
namespace {

namespace fs = std::filesystem;
using test::failure;
using testing::HasSubstr;
using testing::StartsWith;

class FileTest : public testing::Test {
 protected:
  fs::path path(std::string_view name) const { return folder_.path() / name; }
  void write(std::string_view name, std::string_view text) const {
    write_file(path(name), text, AtomicFile::Durability::content);
  }
  std::size_t count() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
  }

 private:
  TemporaryFolder folder_{fs::temp_directory_path()};
};

TEST_F(FileTest, ReadsWholeFiles) {
  write("a", "text");
  EXPECT_EQ(read_file(path("a"), 4), "text");
  EXPECT_THAT(failure([&] { read_file(path("a"), 3); }), HasSubstr("is larger than the limit of 3 bytes"));
  EXPECT_EQ(read_file_if_present(path("b"), 10), std::nullopt);
  EXPECT_THAT(failure([&] { read_file(path("b"), 10); }), StartsWith("not-found: opening "));
}

TEST_F(FileTest, Hostile024_OnlyRegularFilesAreOpenedAndNothingBlocks) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  fs::create_symlink("loop", path("loop"));
  EXPECT_THAT(failure([&] { open_file(path("fifo")); }), HasSubstr(": it is a FIFO"));
  EXPECT_THAT(failure([] { open_file("/dev/zero"); }), HasSubstr(": it is a device"));
  EXPECT_THAT(failure([] { open_file("/"); }), HasSubstr(": it is a directory"));
  EXPECT_THAT(failure([&] { open_file(path("loop")); }), StartsWith("io: opening "));
}

TEST_F(FileTest, SourcesShareADescriptor) {
  write("a", "abcdef");
  const auto fd = std::make_shared<const Fd>(open_file(path("a")));
  FileSource one(fd, path("a"));
  FileSource two(fd, path("a"));
  std::array<std::byte, 2> buffer{};
  EXPECT_EQ(one.read(buffer), 2U);
  EXPECT_EQ(read_all(two, 10, "a"), "abcdef");
  EXPECT_EQ(read_all(one, 10, "a"), "cdef");
}

TEST_F(FileTest, PartsOfAFileAreReadByPosition) {
  write("file", "0123456789");
  const auto fd = std::make_shared<const Fd>(open_file(path("file")));
  FileRange range(fd, path("file"), 2, 6);
  EXPECT_TRUE(range.jump(2));
  EXPECT_FALSE(range.jump(5));
  EXPECT_EQ(read_all(range, 10, "range"), "4567");
  EXPECT_TRUE(range.jump(0));
  FileRange beyond(fd, path("file"), 8, 100);
  EXPECT_EQ(read_all(beyond, 100, "range"), "89");
}

TEST_F(FileTest, ANamelessFileLeavesNothing) {
  const auto fd = std::make_shared<const Fd>(nameless_file(path("")));
  EXPECT_EQ(count(), 0U);
  write_at(*fd, as_bytes("behind"), 10, path(""));
  write_at(*fd, as_bytes("0123456789"), 0, path(""));
  FileRange range(fd, path(""), 0, 100);
  EXPECT_EQ(read_all(range, 100, "file"), "0123456789behind");
  EXPECT_EQ(count(), 0U);
  EXPECT_THAT(failure([&] { nameless_file(path("absent")); }),
              StartsWith("io: creating a temporary file in "));
}

TEST_F(FileTest, AnAtomicFileAppearsOnCommitOnly) {
  {
    AtomicFile file(path(""));
    file.write(as_bytes("half"));
    EXPECT_FALSE(fs::exists(path("a")));
  }
  EXPECT_EQ(count(), 0U);
  AtomicFile file(path(""), 0640);
  file.write(as_bytes("whole"));
  EXPECT_EQ(file.size(), 5U);
  file.commit("a", AtomicFile::Durability::synced);
  EXPECT_EQ(read_file(path("a"), 10), "whole");
  EXPECT_EQ(fs::status(path("a")).permissions(), static_cast<fs::perms>(0640));
  EXPECT_EQ(count(), 1U);
}

TEST_F(FileTest, Hostile221_AFullDiskIsAnErrorThatNamesTheFile) {
  EXPECT_THAT(failure([&] { AtomicFile file(path("missing")); }), HasSubstr("io: creating a file in "));
  write("a", "old");
  ASSERT_TRUE(fs::create_directory(path("folder")));
  EXPECT_THAT(failure([&] { write_file(path("folder"), "x", AtomicFile::Durability::synced); }),
              HasSubstr("io: renaming a finished file to "));
  EXPECT_EQ(count(), 2U);
}

TEST_F(FileTest, LocksExclude) {
  EXPECT_FALSE(FileLock::try_lock(path("lock")));
  EXPECT_EQ(count(), 0U);
  write("lock", "");
  auto lock = FileLock::try_lock(path("lock"));
  ASSERT_TRUE(lock);
  EXPECT_FALSE(FileLock::try_lock(path("lock")));
  std::thread waiter([&] { const FileLock waited(path("lock")); });
  lock.reset();
  waiter.join();
  EXPECT_TRUE(FileLock::try_lock(path("lock")));
}

TEST_F(FileTest, ATemporaryFolderGoesWithEverythingInIt) {
  fs::path gone;
  {
    const TemporaryFolder folder(path(""));
    gone = folder.path();
    write_file(gone / "x", "x", AtomicFile::Durability::content);
    EXPECT_EQ(fs::status(gone).permissions(), fs::perms::owner_all);
  }
  EXPECT_FALSE(fs::exists(gone));
}

TEST_F(FileTest, MakesFoldersThatAreThereAlready) {
  make_directories(path("a/b/c"));
  make_directories(path("a/b/c"));
  write("file", "x");
  EXPECT_THAT(failure([&] { make_directories(path("file/x")); }), StartsWith("io: creating the folder "));
}

}  // namespace
}  // namespace whittle
