#include "registry/layout.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "common/json.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

namespace fs = std::filesystem;
using registry::Layout;
using Durability = AtomicFile::Durability;

class LayoutTest : public PlaceTest {
 protected:
  fs::path folder() const { return path() / "layout"; }
  Layout make() const { return Layout::open_or_create(folder(), Durability::content); }
  void write(const std::string& name, const std::string& text) const {
    write_file(folder() / name, text, Durability::content);
  }
  std::string read(const std::string& name) const { return read_file(folder() / name, 1U << 24U); }
  layers::Descriptor store(Layout& layout, const std::string& text) const {
    layout.put_blob(text, Digest::of(text));
    return {std::string(layers::media_type::oci_manifest), Digest::of(text), text.size()};
  }
  fs::path blob(const layers::Descriptor& descriptor) const {
    return folder() / "blobs/sha256" / descriptor.digest.hex();
  }
};

TEST_F(LayoutTest, IsWhatTheSpecificationSays) {
  auto layout = make();
  const auto one = store(layout, "one");
  layout.set("1.4", one);
  EXPECT_EQ(read("oci-layout"), R"({"imageLayoutVersion":"1.0.0"})");
  const auto index = Json::parse(read("index.json"));
  EXPECT_EQ(index["schemaVersion"], 2);
  EXPECT_EQ(index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"], "1.4");
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder())) names.push_back(entry.path().filename());
  EXPECT_THAT(names, testing::UnorderedElementsAre("blobs", "index.json", "oci-layout"));
  EXPECT_EQ(read_all(*Layout::open(folder()).open_blob(one), 10, "blob"), "one");
}

TEST_F(LayoutTest, StoresWhatIsWrittenUnderItsDigest) {
  auto layout = make();
  const auto stored = layout.put_blob([](ByteSink& sink) { sink.write(as_bytes("hello")); });
  EXPECT_EQ(stored.digest, Digest::of("hello"));
  EXPECT_EQ(stored.size, 5U);
  EXPECT_TRUE(layout.has_blob(stored.digest, 5));
  EXPECT_FALSE(layout.has_blob(stored.digest, 4));
  EXPECT_EQ(layout.read_blob(stored.digest, 5), "hello");
  expect_error(ErrorKind::limit, "limit", [&] { layout.read_blob(stored.digest, 4); });
  EXPECT_FALSE(layout.read_blob(Digest::of("absent"), 5));
  expect_error(ErrorKind::integrity, "digest", [&] { layout.put_blob("hello", Digest::of("other")); });
  EXPECT_FALSE(layout.has_blob(Digest::of("other"), 5));
}

TEST_F(LayoutTest, Hostile111_KeepsSha512) {
  auto layout = make();
  Hasher hasher(Digest::Algorithm::sha512);
  hasher.write("hello");
  const auto digest = hasher.finish();
  layout.put_blob("hello", digest);
  EXPECT_EQ(layout.read_blob(digest, 10), "hello");
  EXPECT_TRUE(fs::exists(folder() / "blobs/sha512" / digest.hex()));
}

TEST_F(LayoutTest, Hostile195_BrokenLayouts) {
  expect_error(ErrorKind::not_found, "layout", [&] { Layout::open(path() / "absent"); });
  expect_error(ErrorKind::not_found, "layout", [&] { Layout::open(path()); });
  make();
  const auto broken = [&](const char* name, const std::string& text) {
    write(name, text);
    return expect_error(ErrorKind::integrity, name,
                        [&] { Layout::open(folder()).find(std::optional<std::string>()); });
  };
  for (const auto* text :
       {"", "{}", "[]", R"({"imageLayoutVersion":1})", R"({"imageLayoutVersion":"2.0.0"})", "junk"})
    broken("oci-layout", text);
  write("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  for (const auto* text :
       {"", "{}", "[]", R"({"manifests":null})", R"({"manifests":{}})", R"({"manifests":[1]})", "junk"})
    broken("index.json", text);
  fs::remove(folder() / "index.json");
  expect_error(ErrorKind::integrity, "index.json", [&] { Layout::open(folder()).names(); });
  fs::remove_all(folder() / "blobs");
  expect_error(ErrorKind::integrity, "blobs", [&] { Layout::open(folder()); });
  fs::remove(folder() / "oci-layout");
  fs::create_directory(folder() / "blobs");
  expect_error(ErrorKind::integrity, "oci-layout", [&] { Layout::open(folder()); });
}

TEST_F(LayoutTest, Hostile196_BlobsAreRegularFilesAndVerified) {
  auto layout = make();
  const auto descriptor = store(layout, "content");
  const auto file = blob(descriptor);
  const auto read = [&] { read_all(*layout.open_blob(descriptor), 100, "blob"); };
  const auto replace = [&](const auto& make_it) {
    fs::remove_all(file);
    make_it();
  };
  write_file(path() / "elsewhere", "content", Durability::content);
  replace([&] { fs::create_symlink(path() / "elsewhere", file); });
  expect_error(ErrorKind::integrity, "link", read);
  EXPECT_FALSE(layout.has_blob(descriptor.digest, descriptor.size));
  expect_error(ErrorKind::integrity, "link", [&] { layout.read_blob(descriptor.digest, 100); });
  replace([&] { ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0); });
  expect_error(ErrorKind::integrity, "not a regular file", read);
  replace([&] { fs::create_directory(file); });
  expect_error(ErrorKind::integrity, "not a regular file", read);
  for (const auto* text : {"conten", "contents", ""}) {
    replace([&] { write_file(file, text, Durability::content); });
    expect_error(ErrorKind::integrity, "bytes", read);
  }
  replace([&] { write_file(file, "cXntent", Durability::content); });
  expect_error(ErrorKind::integrity, "digest", read);
  expect_error(ErrorKind::integrity, "digest", [&] { layout.read_blob(descriptor.digest, 100); });
  replace([] {});
  expect_error(ErrorKind::not_found, "no blob", read);
  // A folder on the way is not followed either.
  fs::rename(folder() / "blobs/sha256", path() / "blobs");
  fs::create_symlink(path() / "blobs", folder() / "blobs/sha256");
  expect_error(ErrorKind::integrity, "not a directory", read);
}

// What is verified and what is used are one open file: swapping the name changes nothing, swapping bytes is
// noticed.
TEST_F(LayoutTest, Hostile214_ABlobThatIsSwappedWhileItIsRead) {
  auto layout = make();
  const auto descriptor = store(layout, std::string(300'000, 'a'));
  const auto source = layout.open_blob(descriptor);
  write_file(blob(descriptor), std::string(300'000, 'b'), Durability::content);
  EXPECT_EQ(read_all(*source, 1U << 20U, "blob"), std::string(300'000, 'a'));
  const auto again = store(layout, std::string(300'000, 'a'));
  const auto second = layout.open_blob(again);
  std::fstream(blob(again)).seekp(299'999).put('b');
  expect_error(ErrorKind::integrity, "digest", [&] { read_all(*second, 1U << 20U, "blob"); });
}

TEST_F(LayoutTest, Hostile209_StoringHealsADamagedBlob) {
  auto layout = make();
  const auto descriptor = store(layout, "content");
  write_file(blob(descriptor), "cXntent", Durability::content);
  store(layout, "content");
  EXPECT_EQ(layout.read_blob(descriptor.digest, 100), "content");
}

TEST_F(LayoutTest, Hostile197_NamesAreOnlyNames) {
  auto layout = make();
  const auto one = store(layout, "one");
  const auto two = store(layout, "two");
  EXPECT_FALSE(layout.find(std::optional<std::string>()));
  layout.set("../../etc/x", one);
  EXPECT_EQ(layout.find("../../etc/x")->digest, one.digest);
  EXPECT_EQ(layout.find(std::optional<std::string>())->digest, one.digest);
  layout.set("b", two);
  const auto error =
      expect_error(ErrorKind::usage, "several images", [&] { layout.find(std::optional<std::string>()); });
  EXPECT_THAT(error.hints()[0],
              testing::AllOf(testing::HasSubstr("\"b\""), testing::HasSubstr("../../etc/x")));
  EXPECT_FALSE(layout.find("absent"));
  EXPECT_THAT(layout.names(), testing::ElementsAre("../../etc/x", "b"));
  // Two entries of one name that differ, as another tool might leave them.
  auto index = Json::parse(read("index.json"));
  index["manifests"][0]["annotations"] = index["manifests"][1]["annotations"];
  write("index.json", index.dump());
  expect_error(ErrorKind::usage, "named \"b\"", [&] { layout.find("b"); });
  layout.set("b", one);
  EXPECT_EQ(layout.find("b")->digest, one.digest);
  EXPECT_EQ(Json::parse(read("index.json"))["manifests"].size(), 1U);
}

TEST_F(LayoutTest, Hostile198_OnlyTheTargetChanges) {
  auto layout = make();
  const auto one = store(layout, "one");
  const auto two = store(layout, "two");
  const std::string foreign = R"({ "mediaType":"x/y" , "digest":"md5:0", "size":1e3, "other":[1.50] })";
  const std::string before = "{\n  \"zeta\": 1.0,\n  \"manifests\": [\n    " + foreign +
                             "\n  ],\n  \"schemaVersion\": 2, \"a\": {}\n}\n";
  write("index.json", before);
  write("blobs/notes.txt", "foreign");
  layout.set("t", one);
  layout.set("t", two);
  const auto after = read("index.json");
  EXPECT_THAT(after,
              testing::StartsWith("{\n  \"zeta\": 1.0,\n  \"manifests\": [\n    " + foreign + ",\n    {"));
  EXPECT_THAT(after, testing::EndsWith("\n  ],\n  \"schemaVersion\": 2, \"a\": {}\n}\n"));
  EXPECT_EQ(layout.find("t")->digest, two.digest);
  EXPECT_TRUE(layout.has_blob(one.digest, one.size));
  EXPECT_EQ(read("blobs/notes.txt"), "foreign");
  // The same again changes nothing at all.
  layout.set("t", two);
  EXPECT_EQ(read("index.json"), after);
}

TEST_F(LayoutTest, ListsAnUnnamedImageOnce) {
  auto layout = make();
  const auto one = store(layout, "one");
  layout.set("", one);
  layout.set("", one);
  EXPECT_EQ(Json::parse(read("index.json"))["manifests"].size(), 1U);
  EXPECT_EQ(layout.find(one.digest)->size, 3U);
  EXPECT_FALSE(layout.find(Digest::of("two")));
}

TEST_F(LayoutTest, Hostile200_RefusesWhatIsNoLayout) {
  const auto refused = [&](const fs::path& folder_path) {
    expect_error(ErrorKind::usage, "", [&] { Layout::open_or_create(folder_path, Durability::content); });
  };
  write_file(path() / "file", "x", Durability::content);
  refused(path() / "file");
  fs::create_directory(path() / "full");
  write_file(path() / "full/x", "x", Durability::content);
  refused(path() / "full");
  EXPECT_EQ(read_file(path() / "full/x", 10), "x");
  fs::create_directory(path() / "empty");
  fs::create_symlink(path() / "empty", path() / "link");
  refused(path() / "link");
  refused("/");
  EXPECT_TRUE(fs::is_empty(path() / "empty"));
  Layout::open_or_create(path() / "empty", Durability::synced);
  Layout::open(path() / "empty");
  Layout::open_or_create(path() / "deep/er", Durability::synced);
}

TEST_F(LayoutTest, Hostile208_ReclaimsWhatTheDeadLeft) {
  make();
  write(".tmp-old", "x");
  write(".tmp-new", "x");
  write(".tmp-busy", "x");
  const auto age = [&](const char* name) {
    fs::last_write_time(folder() / name, fs::file_time_type::clock::now() - std::chrono::hours(1));
  };
  age(".tmp-old");
  age(".tmp-busy");
  const FileLock writer(folder() / ".tmp-busy");
  make();
  EXPECT_FALSE(fs::exists(folder() / ".tmp-old"));
  EXPECT_TRUE(fs::exists(folder() / ".tmp-new"));
  EXPECT_TRUE(fs::exists(folder() / ".tmp-busy"));
}

// Each of several processes makes the layout, stores blobs and sets names of its own.
TEST_F(LayoutTest, Hostile199_ProcessesKeepEachOthersNames) {
  constexpr int processes = 8;
  constexpr int names = 12;
  std::vector<pid_t> children;
  for (int process = 0; process < processes; ++process) {
    const pid_t child = ::fork();
    if (child == 0) {
      int status = 1;
      try {
        auto layout = make();
        for (int i = 0; i < names; ++i) {
          const auto text = std::to_string(process) + '-' + std::to_string(i);
          layout.set(text, store(layout, text));
          layout.set("shared", store(layout, "shared"));
        }
        status = 0;
      } catch (const std::exception&) {
      }
      ::_exit(status);
    }
    ASSERT_GT(child, 0);
    children.push_back(child);
  }
  for (const auto child : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const auto layout = Layout::open(folder());
  EXPECT_EQ(layout.names().size(), static_cast<std::size_t>(processes * names) + 1);
  for (const auto& name : layout.names()) EXPECT_EQ(layout.read_blob(layout.find(name)->digest, 100), name);
}

TEST_F(LayoutTest, Hostile199_ThreadsKeepEachOthersNames) {
  const auto base = make();
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 8; ++thread)
    threads.emplace_back([&, thread] {
      auto layout = Layout::open_or_create(folder(), Durability::content);
      for (int i = 0; i < 12; ++i) {
        const auto text = std::to_string(thread) + '-' + std::to_string(i);
        layout.set(text, store(layout, text));
      }
    });
  threads.clear();
  EXPECT_EQ(base.names().size(), 96U);
}

}  // namespace
}  // namespace whittle::test
