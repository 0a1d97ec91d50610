#include "builder/cache.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <ctime>
#include <fstream>
#include <stop_token>
#include <thread>

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;

class CacheIndex : public testing::Test {
 protected:
  static std::string read(const fs::path& file) { return read_file(file, 1U << 20U); }
  static void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }
  fs::path entry(const Digest& of) const { return cache.folder() / "index" / "layer" / of.hex(); }

  TemporaryFolder folder{fs::temp_directory_path()};
  SilentReporter reporter;
  Cache cache{folder.path(), reporter};
  const Digest key = Digest::of("key");
};

TEST_F(CacheIndex, GivesWhatWasPut) {
  EXPECT_EQ(cache.get("layer", key), std::nullopt);
  cache.put("layer", key, "value");
  EXPECT_EQ(cache.get("layer", key), "value");
  EXPECT_EQ(cache.get("binary", key), std::nullopt);
  cache.put("layer", key, "");
  EXPECT_EQ(cache.get("layer", key), "");
}

TEST_F(CacheIndex, Hostile209_ADamagedEntryIsAMiss) {
  cache.put("layer", key, R"({"diffID":"sha256:0"})");
  const auto whole = read(entry(key));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    write(entry(key), damaged);
    EXPECT_EQ(cache.get("layer", key), std::nullopt) << "bit of byte " << i;
    write(entry(key), whole.substr(0, i));
    EXPECT_EQ(cache.get("layer", key), std::nullopt) << "cut at " << i;
  }
}

TEST_F(CacheIndex, Hostile210_AnEntryOfAnotherKeyIsAMiss) {
  const Digest other = Digest::of("other");
  cache.put("layer", key, "value");
  fs::copy_file(entry(key), entry(other));
  EXPECT_EQ(cache.get("layer", other), std::nullopt);
}

TEST_F(CacheIndex, WhatADeadWriterLeftIsRemovedAndWhatIsInUseStays) {
  const auto left = cache.temporary() / ".tmp-left";
  fs::create_directories(left / "below");
  write(cache.temporary() / ".tmp-file", "half");
  write(left / "below" / "file", "half");
  const TemporaryFolder used(cache.temporary());
  write(used.path() / "file", "whole");
  AtomicFile growing(cache.temporary());
  const Cache another(folder.path(), reporter);
  EXPECT_EQ(read(used.path() / "file"), "whole");
  EXPECT_EQ(std::distance(fs::directory_iterator(cache.temporary()), {}), 2);
}

TEST_F(CacheIndex, WhatIsJustBeingMadeIsNotTakenForLeftBehind) {
  std::jthread others([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) const Cache another(folder.path(), reporter);
  });
  for (int i = 0; i < 300; ++i) {
    const TemporaryFolder used(cache.temporary());
    write(used.path() / "file", "whole");
    ASSERT_EQ(read(used.path() / "file"), "whole");
    AtomicFile growing(used.path().parent_path());
    growing.write(as_bytes(std::string_view("whole")));
    growing.commit_to(folder.path() / "file", AtomicFile::Durability::content);
  }
}

class CacheCollection : public testing::Test {
 protected:
  // A toolchain of one file, as it lies in a cache: read-only, its seal last.
  void add_toolchain(const std::string& name, std::time_t used) {
    const auto toolchain = folder.path() / "toolchains" / name;
    fs::create_directories(toolchain / "go" / "bin");
    std::ofstream(toolchain / "go" / "bin" / "go") << std::string(1000, 'x');
    std::ofstream(toolchain / "sealed") << "h1:x";
    const timespec times[] = {{used, 0}, {used, 0}};
    ::utimensat(AT_FDCWD, (toolchain / "sealed").c_str(), times, 0);
    for (const auto& sealed : {toolchain / "go" / "bin", toolchain / "go"})
      fs::permissions(sealed, fs::perms(0555));
  }
  bool has(const std::string& path) const { return fs::exists(folder.path() / path); }
  TemporaryFolder folder{fs::temp_directory_path()};
  SilentReporter reporter;
};

TEST_F(CacheCollection, AToolchainGoesAsAWholeTheOneUnusedForLongestFirst) {
  add_toolchain("old", 1000);
  add_toolchain("new", 2000);
  const auto result = Cache::collect(folder.path(), 1500, reporter);
  EXPECT_EQ(result.files, 1U);
  EXPECT_FALSE(has("toolchains/old"));
  EXPECT_TRUE(has("toolchains/new/go/bin/go"));
  EXPECT_EQ(Cache::usage(folder.path()).at("toolchains").files, 2U);
  Cache::collect(folder.path(), 0, reporter);
  EXPECT_FALSE(has("toolchains/new"));
}

TEST_F(CacheCollection, NothingIsRemovedWhereALinkLeads) {
  const TemporaryFolder elsewhere(fs::temp_directory_path());
  std::ofstream(elsewhere.path() / "file") << "somebody's";
  fs::create_directory_symlink(elsewhere.path(), folder.path() / "packages");
  fs::create_directory_symlink(elsewhere.path(), folder.path() / "toolchains");
  Cache::collect(folder.path(), 0, reporter);
  EXPECT_TRUE(fs::exists(elsewhere.path() / "file"));
}

}  // namespace
}  // namespace whittle::builder
