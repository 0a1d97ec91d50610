#include "registry/oci_archive.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "tests/unit/registry/archive_helpers.hpp"

namespace whittle::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class OciArchiveTest : public ArchivePlaceTest {
 protected:
  void copy_to(registry::ImageSource& image, const std::string& to, std::vector<std::string> tags = {"1.4"}) {
    const auto out = destination(to);
    copy(image, *out, std::move(tags));
  }
};

TEST_F(OciArchiveTest, KeepsEveryByteAndDigest) {
  auto image = make_index({"amd64", "arm64"});
  copy_to(image, place("oci-archive"), {"1.4", "latest"});
  EXPECT_EQ(member("oci-layout"), R"({"imageLayoutVersion":"1.0.0"})");
  const auto index = Json::parse(member("index.json"));
  EXPECT_EQ(index["mediaType"], layers::media_type::oci_index);
  EXPECT_EQ(index["manifests"].size(), 2U);
  const auto source = this->source(place("oci-archive", ":latest"));
  EXPECT_EQ(source->root().bytes, image.root().bytes);
  for (const auto& child : layers::parse_index(source->root(), "index").manifests) {
    const auto manifest = layers::parse_manifest(source->manifest(child), "manifest");
    for (const auto& layer : manifest.layers) EXPECT_EQ(read_blob(*source, layer), read_blob(image, layer));
  }
  EXPECT_THAT(names_in_folder(), testing::ElementsAre("image.tar"));
}

TEST_F(OciArchiveTest, TheSameImageGivesTheSameBytes) {
  auto image = runnable();
  copy_to(image, place("oci-archive"));
  const auto first = written();
  jobs_ = 1;
  copy_to(image, place("oci-archive"));
  EXPECT_EQ(written(), first);
  struct stat status {};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0644U);
}

TEST_F(OciArchiveTest, WithoutATagTheOnlyImageIsTaken) {
  auto image = runnable();
  copy_to(image, place("oci-archive"), {});
  expect_holds(*source(place("oci-archive")), image);
  const auto error = expect_error(ErrorKind::not_found, "there is no image",
                                  [&] { source(place("oci-archive", ":x"))->root(); });
  EXPECT_TRUE(error.hints().empty());
}

TEST_F(OciArchiveTest, Hostile197_AmbiguousNames) {
  auto image = runnable();
  auto other = runnable({"other"});
  auto files = layout_entries(image);
  auto index = Json::parse(files["index.json"]);
  auto second = to_json(other.root().descriptor());
  second["annotations"] = {{"org.opencontainers.image.ref.name", "../../x"}};
  index["manifests"].push_back(second);
  files["index.json"] = canonical(index);
  write(tar_of(files).text());
  const auto error =
      expect_error(ErrorKind::usage, "several images", [&] { source(place("oci-archive"))->root(); });
  EXPECT_THAT(error.hints().front(), HasSubstr("../../x"));
  expect_holds(*source(place("oci-archive", ":1.4")), image);
  expect_holds(*source(place("oci-archive", "@" + image.root().digest.text())), image);
  expect_error(ErrorKind::not_found, "is not in",
               [&] { source(place("oci-archive", "@" + other.root().digest.text()))->root(); });
}

TEST_F(OciArchiveTest, Hostile202_EntriesInAnyOrder) {
  auto image = runnable();
  const auto files = layout_entries(image);
  for (const std::string prefix : {"", "./", "/"}) {
    HostileTar backwards;
    for (auto entry = files.rbegin(); entry != files.rend(); ++entry)
      backwards.file(prefix + entry->first, entry->second);
    write(backwards.text());
    expect_holds(*source(place("oci-archive")), image);
    write(gzipped(tar_of(files, prefix).text()));
    expect_holds(*source(place("oci-archive")), image);
  }
}

TEST_F(OciArchiveTest, Hostile196_BlobsThatAreNotWhatTheyAreCalled) {
  auto image = runnable();
  const auto files = layout_entries(image);
  const auto layer = layers::parse_manifest(image.root(), "manifest").layers[0];
  const auto path = "blobs/sha256/" + std::string(layer.digest.hex());
  const auto with = [&](const HostileTar::Entry& entry) {
    auto others = files;
    others.erase(path);
    auto tar = tar_of(others);
    if (!entry.path.empty()) tar.add(entry);
    write(tar.text());
    return source(place("oci-archive"));
  };
  auto wrong = files.at(path);
  wrong[10] = static_cast<char>(wrong[10] ^ 1);
  expect_error(ErrorKind::integrity, "sha256", [&] { read_blob(*with({path, wrong}), layer); });
  expect_error(ErrorKind::integrity, "bytes", [&] { read_blob(*with({path, wrong + "x"}), layer); });
  expect_error(ErrorKind::integrity, "bytes", [&] { read_blob(*with({path, "short"}), layer); });
  expect_error(ErrorKind::integrity, "regular", [&] { read_blob(*with({path, {}, '6'}), layer); });
  expect_error(ErrorKind::not_found, "", [&] { read_blob(*with({path, {}, '2', "/etc/passwd"}), layer); });
  expect_error(ErrorKind::not_found, "", [&] { read_blob(*with({""}), layer); });
}

TEST_F(OciArchiveTest, Hostile195_BrokenLayouts) {
  auto image = runnable();
  const auto broken = [&](const std::string& name, const std::optional<std::string>& text,
                          const std::string& part) {
    auto files = layout_entries(image);
    files.erase(name);
    if (text) files[name] = *text;
    write(tar_of(files).text());
    return expect_error(ErrorKind::integrity, part, [&] { source(place("oci-archive"))->root(); });
  };
  const auto error = broken("index.json", std::nullopt, "holds no image layout");
  EXPECT_THAT(error.hints().front(), HasSubstr("docker-archive:"));
  broken("oci-layout", std::nullopt, "is missing");
  broken("oci-layout", R"({"imageLayoutVersion":"2.0.0"})", "only 1.0.0");
  broken("index.json", "", "empty");
  broken("index.json", "[]", "manifests");
}

TEST_F(OciArchiveTest, Hostile200_WhatMayNotBeReplaced) {
  fs::create_directory(path() / "folder");
  write_file(path() / "kept", "text", AtomicFile::Durability::content);
  fs::create_symlink("kept", path() / "link");
  ASSERT_EQ(::mkfifo((path() / "fifo").c_str(), 0600), 0);
  for (const std::string name : {"folder", "link", "fifo", "absent/image.tar", "kept/image.tar"})
    expect_error(ErrorKind::usage, name == "folder" ? "is a folder" : "",
                 [&] { destination("oci-archive:" + (path() / name).native()); });
  expect_error(ErrorKind::usage, "", [&] { destination("oci-archive:/dev/stdout"); });
  EXPECT_EQ(read_file(path() / "kept", 100), "text");
}

TEST_F(OciArchiveTest, AFailureLeavesTheOldArchive) {
  write("old");
  auto image = runnable();
  const auto layer = layers::parse_manifest(image.root(), "manifest").layers[0];
  image.corrupt(layer.digest, "something else");
  expect_error(ErrorKind::integrity, "", [&] { copy_to(image, place("oci-archive")); });
  EXPECT_EQ(written(), "old");
  EXPECT_THAT(names_in_folder(), testing::ElementsAre("image.tar"));
}

TEST_F(OciArchiveTest, Hostile231_TemporariesLieBesideTheFile) {
  auto given = options();
  given.scratch = "/dev/null/absent";
  registry::Access access(given, reporter_, {});
  auto image = runnable();
  const auto out = access.destination(registry::Place::parse(place("oci-archive")));
  copy(image, *out, {"1"});
  expect_holds(*source(place("oci-archive")), image);
}

// Access whose standard output is the writing end of a pipe.
class StreamTest : public OciArchiveTest {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reader_ = Fd(ends[0]);
    writer_ = Fd(ends[1]);
    auto given = options();
    given.scratch = path() / "scratch";
    given.standard_output = writer_.get();
    streams_ = std::make_unique<registry::Access>(given, reporter_, stop_.get_token());
  }
  void send(registry::ImageSource& image) {
    const auto out = streams_->destination(registry::Place::parse("oci-archive:-"));
    copy(image, *out, {"1.4"});
  }
  Fd reader_;
  Fd writer_;
  std::unique_ptr<registry::Access> streams_;
};

TEST_F(StreamTest, ToStandardOutput) {
  auto image = runnable({std::string(300'000, 'x')}, false);
  std::string received;
  std::thread drain([&] {
    std::array<char, 5000> buffer{};
    for (;;) {
      const auto count = ::read(reader_.get(), buffer.data(), buffer.size());
      if (count <= 0) return;
      received.append(buffer.data(), static_cast<std::size_t>(count));
    }
  });
  send(image);
  writer_ = Fd();
  drain.join();
  copy_to(image, place("oci-archive"));
  EXPECT_EQ(received, written());
}

TEST_F(StreamTest, Hostile203_AReaderThatGoesAway) {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ASSERT_EQ(::sigaction(SIGPIPE, &ignore, nullptr), 0);  // as cli/ does
  auto image = runnable({std::string(300'000, 'x')}, false);
  std::thread leave([&] {
    std::array<char, 5000> buffer{};
    EXPECT_GT(::read(reader_.get(), buffer.data(), buffer.size()), 0);
    reader_ = Fd();
  });
  expect_error(ErrorKind::io, "Broken pipe", [&] { send(image); });
  leave.join();
}

TEST_F(StreamTest, AReaderThatDoesNotReadCanBeLeft) {
  auto image = runnable({std::string(300'000, 'x')}, false);
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop_.request_stop();
  });
  expect_error(ErrorKind::interrupted, "", [&] { send(image); });
  stopper.join();
}

TEST_F(StreamTest, Hostile203_AFullDiskBehindIt) {
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  auto given = options();
  given.scratch = path() / "scratch";
  given.standard_output = full.get();
  registry::Access access(given, reporter_, {});
  auto image = runnable();
  const auto out = access.destination(registry::Place::parse("oci-archive:-"));
  expect_error(ErrorKind::io, "No space left", [&] { copy(image, *out, {"1"}); });
}

}  // namespace
}  // namespace whittle::test
