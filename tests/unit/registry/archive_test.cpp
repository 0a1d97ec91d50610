#include "registry/archive.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "layers/tar_header.hpp"
#include "tests/unit/registry/archive_helpers.hpp"

namespace whittle::test {
namespace {

using registry::Archive;

class ArchiveTest : public ArchivePlaceTest {
 protected:
  Archive::Where where() const { return {file(), -1, path() / "scratch"}; }
  std::shared_ptr<const Archive> open(const std::string& text) const {
    write(text);
    return Archive::open(where());
  }
  std::shared_ptr<const Archive> open(const HostileTar& tar) const { return open(tar.text()); }
  static std::string read(const Archive& archive, const std::string& name) {
    return archive.read(name, 1U << 20U).value_or("(absent)");
  }
};

TEST_F(ArchiveTest, ReadsMembersByPosition) {
  const auto archive = open(HostileTar().file("a", "one").file("b/c", std::string(1500, 'x')).file("d", ""));
  EXPECT_EQ(read(*archive, "a"), "one");
  EXPECT_EQ(read(*archive, "b/c"), std::string(1500, 'x'));
  EXPECT_EQ(read(*archive, "d"), "");
  EXPECT_EQ(read(*archive, "e"), "(absent)");
  EXPECT_EQ(read(*archive, "a/below"), "(absent)");
  expect_error(ErrorKind::limit, "limit of 1499", [&] { archive->read("b/c", 1499); });
}

TEST_F(ArchiveTest, Hostile57_RefusesNamesThatLeadOutside) {
  for (const std::string name : {"../../etc/passwd", "a/../../b", "/../x", ".."})
    expect_error(ErrorKind::integrity, "entry 2 of ",
                 [&] { open(HostileTar().file("good", "x").file(name, "y")); });
  EXPECT_EQ(read(*open(HostileTar().file("a/../b", "x")), "b"), "x");
  const auto archive = open(HostileTar().file("a", "x"));
  expect_error(ErrorKind::integrity, "leads out", [&] { archive->find("../a"); });
}

TEST_F(ArchiveTest, Hostile58_OneNormalForm) {
  for (const std::string name : {"/etc/x", "//etc/x", "./etc/x", "etc//x", "etc/./x"}) {
    const auto archive = open(HostileTar().file(name, "x"));
    EXPECT_EQ(read(*archive, "etc/x"), "x") << name;
    EXPECT_EQ(read(*archive, "/etc/./x"), "x") << name;
    expect_error(ErrorKind::integrity, "is there twice, first as entry 1",
                 [&] { open(HostileTar().file(name, "x").file("etc/x", "y")); });
  }
  open(HostileTar().add({"etc/", {}, '5'}).add({"./etc", {}, '5'}));  // folders may be named again
}

TEST_F(ArchiveTest, Hostile59_TheRootIsAFolder) {
  open(HostileTar().add({"./", {}, '5'}).file("a", "x"));
  expect_error(ErrorKind::integrity, "root", [&] { open(HostileTar().file(".", "x")); });
  expect_error(ErrorKind::integrity, "root", [&] { open(HostileTar().link("./", "/")); });
}

TEST_F(ArchiveTest, Hostile60_LinksAreFollowedInsideTheArchive) {
  const auto archive = open(HostileTar()
                                .file("etc/passwd", "ours")
                                .link("up", "../../..")
                                .link("root", "/")
                                .link("x/layer.tar", "../y/layer.tar")
                                .file("y/layer.tar", "layer")
                                .link("one", "two")
                                .link("two", "one"));
  EXPECT_EQ(read(*archive, "up/etc/passwd"), "ours");
  EXPECT_EQ(read(*archive, "root/etc/passwd"), "ours");
  EXPECT_EQ(read(*archive, "x/layer.tar"), "layer");
  expect_error(ErrorKind::integrity, "more than 40", [&] { archive->find("one"); });
  const auto dangling = open(HostileTar().link("a", "/etc/passwd"));
  EXPECT_EQ(read(*dangling, "a"), "(absent)");
}

TEST_F(ArchiveTest, Hostile62_HardLinksNameWhatIsBeforeThem) {
  const auto good = open(HostileTar().file("a", "one").link("b", "./a", '1').link("c", "b", '1'));
  EXPECT_EQ(read(*good, "b"), "one");
  EXPECT_EQ(read(*good, "c"), "one");
  expect_error(ErrorKind::integrity, "not before it",
               [&] { open(HostileTar().link("b", "a", '1').file("a", "")); });
  expect_error(ErrorKind::integrity, "not before it", [&] { open(HostileTar().link("b", "b", '1')); });
  expect_error(ErrorKind::integrity, "leads out",
               [&] { open(HostileTar().link("b", "../../etc/passwd", '1')); });
  expect_error(ErrorKind::integrity, "folder", [&] {
    open(HostileTar().add({"d/", {}, '5'}).link("b", "d", '1'));
  });
}

TEST_F(ArchiveTest, Hostile63_HardLinksCarryNothing) {
  expect_error(ErrorKind::integrity, "content of its own", [&] {
    open(HostileTar().file("a", "x").add({"b", "data", '1', "a"}));
  });
  const auto link = open(HostileTar().file("a", "x").link("s", "a").link("h", "s", '1'));
  EXPECT_EQ(read(*link, "h"), "x");
}

TEST_F(ArchiveTest, Hostile196_OnlyRegularFilesAreRead) {
  const auto archive =
      open(HostileTar().add({"fifo", {}, '6'}).add({"device", {}, '3'}).add({"folder/", {}, '5'}));
  for (const std::string name : {"fifo", "device", "folder"})
    expect_error(ErrorKind::integrity, "not a regular file", [&] { archive->find(name); });
}

TEST_F(ArchiveTest, Hostile69_WhatIsNoTar) {
  expect_error(ErrorKind::integrity, "not a tar", [&] { open(std::string(2000, 'x')); });
  expect_error(ErrorKind::integrity, "not a tar", [&] { open(std::string(100, 'x')); });
  expect_error(ErrorKind::integrity, "middle of a file", [&] {
    open(HostileTar().add({"a", "x", '0', {}, 100'000}).blocks());
  });
  EXPECT_EQ(read(*open(std::string()), "a"), "(absent)");
  // The last content may not be cut, the zero blocks may be.
  EXPECT_EQ(read(*open(HostileTar().file("a", "x").blocks()), "a"), "x");
}

TEST_F(ArchiveTest, Hostile76_NamesAreLimited) {
  EXPECT_EQ(read(*open(HostileTar().file(std::string(4096, 'n'), "x")), std::string(4096, 'n')), "x");
  expect_error(ErrorKind::limit, "4096", [&] { open(HostileTar().file(std::string(4097, 'n'), "x")); });
}

TEST_F(ArchiveTest, Hostile202_CompressedOutside) {
  const auto tar = HostileTar().file("a", std::string(100'000, 'x')).text();
  EXPECT_EQ(read(*open(gzipped(tar)), "a"), std::string(100'000, 'x'));
  expect_error(ErrorKind::integrity, "", [&] { open(gzipped(tar).substr(0, gzipped(tar).size() / 2)); });
  std::string damaged = gzipped(tar);
  damaged[damaged.size() - 5] = static_cast<char>(damaged[damaged.size() - 5] ^ 1);
  expect_error(ErrorKind::integrity, "", [&] { open(damaged); });
}

TEST_F(ArchiveTest, Hostile202_FromAPipe) {
  const auto tar = HostileTar().file("a", std::string(300'000, 'x')).text();
  ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
  std::thread writer([&] {
    const Fd fd(::open(file().c_str(), O_WRONLY | O_CLOEXEC));
    for (std::size_t at = 0; at < tar.size();) {
      const auto count = ::write(fd.get(), tar.data() + at, std::min<std::size_t>(7000, tar.size() - at));
      if (count <= 0) return;
      at += static_cast<std::size_t>(count);
    }
  });
  const auto archive = Archive::open(where());
  writer.join();
  EXPECT_EQ(read(*archive, "a"), std::string(300'000, 'x'));
  EXPECT_TRUE(std::filesystem::is_empty(path() / "scratch"));
}

TEST_F(ArchiveTest, APipeThatNobodyWritesToCanBeStopped) {
  ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
  std::stop_source stop;
  auto given = where();
  given.stop = stop.get_token();
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  expect_error(ErrorKind::interrupted, "", [&] { Archive::open(given); });
  stopper.join();
}

TEST_F(ArchiveTest, ReadsStandardInput) {
  write(HostileTar().file("a", "one").text());
  const Fd file_input(::open(file().c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(read(*Archive::open({"-", file_input.get(), path() / "scratch"}), "a"), "one");
  // One that was read in part is read from where it stands.
  write("#" + HostileTar().file("a", "two").text());
  const Fd rest(::open(file().c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::lseek(rest.get(), 1, SEEK_SET), 1);
  EXPECT_EQ(read(*Archive::open({"-", rest.get(), path() / "scratch"}), "a"), "two");
}

// A hole in the file stands for nine gibibytes of content.
TEST_F(ArchiveTest, Hostile204_AnEntryOver8Gib) {
  constexpr std::uint64_t size = 9ULL << 30U;
  layers::TarHeader header;
  header.path = "big";
  header.size = size;
  const auto big = layers::tar_header(header);
  write(big);
  const auto rest = HostileTar().file("behind", "it").text();
  const auto fd = std::make_shared<const Fd>(::open(file().c_str(), O_RDWR | O_CLOEXEC));
  write_at(*fd, as_bytes(rest), big.size() + size, file());
  const auto archive = Archive::open(where());
  ASSERT_TRUE(archive->find("big"));
  EXPECT_EQ(archive->find("big")->size, size);
  EXPECT_EQ(read(*archive, "behind"), "it");
}

TEST_F(ArchiveTest, SaysWhatCannotBeAnArchive) {
  expect_error(ErrorKind::not_found, "there is no archive", [&] { Archive::open(where()); });
  expect_error(ErrorKind::io, "a folder", [&] { Archive::open({path(), -1, path() / "scratch"}); });
  expect_error(ErrorKind::io, "a device", [&] { Archive::open({"/dev/null", -1, path() / "scratch"}); });
}

}  // namespace
}  // namespace whittle::test
