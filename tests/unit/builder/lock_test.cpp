#include "builder/lock.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "builder/settled_lock.hpp"
#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;

Digest digest(std::string_view of) {
  return Digest::of(of);
}

Lock sample_lock() {
  Lock lock;
  lock.go = LockedGo{"1.26.8", {{"linux/amd64", "h1:a"}, {"linux/arm64", "h1:b"}}};
  lock.images.emplace("alpine:3.20", LockedImage{digest("index"), {{"linux/amd64", digest("manifest")}}});
  lock.archives.emplace("bookworm", LockedArchive{digest("release"), 1'700'000'000});
  for (const auto* name : {"netbase", "tzdata"}) {
    LockedPackage locked{
        {name, "1:2.0~rc1-3", "all", fmt::format("pool/main/{}.deb", name), 1234, digest(name)}, "bookworm"};
    lock.sets["static"]["amd64"].push_back(lock_key(locked.package));
    lock.packages.emplace(lock_key(locked.package), locked);
  }
  lock.c_compilers.emplace("linux/amd64 static",
                           LockedCompiler{"musl", "musl-dev 1.2.3-1", "gcc 12.2.0", digest("cc")});
  lock.compressors.emplace("gzip balanced", "library 1");
  return lock;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

// The message of the Error(spec) that the text gives.
std::string lock_refusal(const std::string& text) {
  try {
    parse_lock(text, "whittle.lock");
  } catch (const Error& error) {
    EXPECT_EQ(name_of(error.kind()), "spec") << error.message();
    return error.message();
  }
  ADD_FAILURE() << "taken: " << text;
  return {};
}

TEST(Lock, WhatIsWrittenIsReadAgain) {
  const auto text = lock_text(sample_lock());
  EXPECT_TRUE(parse_lock(text, "whittle.lock") == sample_lock());
  EXPECT_EQ(lock_text(parse_lock(text, "whittle.lock")), text);
  EXPECT_TRUE(parse_lock(lock_text(Lock()), "whittle.lock") == Lock());
}

TEST(Lock, OfACCompilerTheBytesCountAndTheLibraryIsOneOfTwo) {
  const auto compiler = sample_lock().c_compilers.at("linux/amd64 static");
  EXPECT_EQ(compiler.text(), "gcc 12.2.0 with musl-dev 1.2.3-1");
  EXPECT_EQ(compiler, (LockedCompiler{"musl", "", "cc 13", digest("cc")}));
  EXPECT_NE(compiler, (LockedCompiler{"musl", "musl-dev 1.2.3-1", "gcc 12.2.0", digest("another")}));
  EXPECT_THAT(lock_refusal(replaced(lock_text(sample_lock()), "\"libc\":\"musl\"", "\"libc\":\"uclibc\"")),
              HasSubstr("cc: linux/amd64 static: libc: is neither musl nor glibc"));
  auto other = sample_lock();
  other.c_compilers.at("linux/amd64 static") = {"musl", "", "gcc 13", digest("another")};
  EXPECT_THAT(
      differences(sample_lock(), other),
      Contains("~ C compiler for linux/amd64 static gcc 12.2.0 with musl-dev 1.2.3-1 → gcc 13 with musl"));
}

TEST(Lock, OneThingStandsOnALine) {
  const auto text = lock_text(sample_lock());
  EXPECT_THAT(text, HasSubstr("\n    \"toolchains\": {\"linux/amd64\":\"h1:a\",")) << text;
  EXPECT_THAT(text, HasSubstr(fmt::format("\n    \"bookworm\": {{\"release\":\"{}\",\"serial\":1700000000}}",
                                          digest("release").text())))
      << text;
  EXPECT_THAT(text, HasSubstr("\n        \"netbase_1:2.0~rc1-3_all\",\n        \"tzdata_1:2.0~rc1-3_all\"\n"))
      << text;
  EXPECT_TRUE(text.ends_with("}\n"));
}

TEST(Lock, Hostile254_WhatIsNoLockIsRefusedByEntry) {
  const auto good = lock_text(sample_lock());
  EXPECT_THAT(lock_refusal("<<<<<<< ours\n" + good), HasSubstr("merge"));
  EXPECT_THAT(lock_refusal(good + "\n<<<<<<< ours\n"), HasSubstr("merge"));
  EXPECT_THAT(lock_refusal(""), HasSubstr("whittle.lock"));
  EXPECT_THAT(lock_refusal("[]"), HasSubstr("not an object"));
  EXPECT_THAT(lock_refusal(replaced(good, "\"version\": 1\n", "\"version\": 2\n")), HasSubstr("version 2"));
  EXPECT_THAT(lock_refusal(replaced(good, "\"version\": 1\n", "\"version\": 1, \"other\": 1\n")),
              HasSubstr("unknown entry \"other\""));
  EXPECT_THAT(lock_refusal(replaced(good, "\"linux/arm64\":\"h1:b\"", "\"linux/amd64\":\"h1:b\"")),
              HasSubstr("linux/amd64"));
  EXPECT_THAT(lock_refusal(replaced(good, "\"archive\":\"bookworm\",\"digest\":\"sha256:",
                                    "\"archive\":\"bookworm\",\"digest\":\"sha256:z")),
              HasSubstr("packages: netbase"));
  EXPECT_THAT(lock_refusal(replaced(good, "\"size\":1234", "\"size\":-1")),
              HasSubstr("size: is not a whole number"));
  EXPECT_THAT(lock_refusal(replaced(good, "\"size\":1234,", "")), HasSubstr("has no \"size\""));
  EXPECT_THAT(lock_refusal(replaced(good, "\"name\":\"netbase\"", "\"name\":\"other\"")),
              HasSubstr("is about \"other_"));
  EXPECT_THAT(lock_refusal(replaced(good, "\"archive\":\"bookworm\"", "\"archive\":\"sid\"")),
              HasSubstr("archive \"sid\""));
  EXPECT_THAT(lock_refusal(replaced(good, "        \"netbase_1", "        \"nothing_1")),
              HasSubstr("not among the packages"));
  EXPECT_THAT(lock_refusal(replaced(good, "        \"netbase_1:2.0~rc1-3_all\",\n",
                                    "        \"tzdata_1:2.0~rc1-3_all\",\n")),
              HasSubstr("twice"));
}

TEST(Lock, Hostile254_ALockOfFiftyMegabytesIsNotParsed) {
  const TemporaryFolder folder(fs::temp_directory_path());
  write_file(folder.path() / "whittle.lock", std::string(50U << 20U, ' '), AtomicFile::Durability::content);
  try {
    read_lock(folder.path() / "whittle.lock");
    ADD_FAILURE() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(name_of(error.kind()), name_of(ErrorKind::spec_limit)) << error.message();
  }
  EXPECT_FALSE(read_lock(folder.path() / "none.lock").has_value());
}

TEST(Lock, DifferencesAreForPeople) {
  auto after = sample_lock();
  after.go->version = "1.26.9";
  after.images.clear();
  after.packages.at("tzdata_1:2.0~rc1-3_all").package.version = "2025b";
  const auto lines = differences(sample_lock(), after, {{}, {{"linux/amd64", 67'000'000}}});
  EXPECT_THAT(lines, Contains("~ Go for linux/amd64 1.26.8 → 1.26.9 (67.0 MB)"));
  EXPECT_THAT(lines, Contains(HasSubstr("- alpine:3.20 sha256:")));
  EXPECT_THAT(lines, Contains("~ tzdata (all) 1:2.0~rc1-3 (1.2 kB) → 2025b (1.2 kB)"));
  EXPECT_THAT(differences(after, after), testing::IsEmpty());
  EXPECT_THAT(
      differences(after, sample_lock(), {{{"alpine:3.20", 3'600'000}}, {}}),
      Contains(testing::MatchesRegex("\\+ alpine:3.20 sha256:[0-9a-f]+…, [0-9]+ platforms? \\(3.6 MB\\)")));
}

class WriteLockTest : public testing::Test {
 protected:
  TemporaryFolder folder_{fs::temp_directory_path()};
  SilentReporter reporter_;
  Cache cache_{folder_.path() / "cache", reporter_};
  fs::path file_ = folder_.path() / "whittle.lock";
};

TEST_F(WriteLockTest, Hostile256_TwoChangesAreBothThere) {
  write_lock(file_, std::nullopt, sample_lock(), cache_);
  auto one = sample_lock();
  one.go->version = "1.26.9";
  auto two = sample_lock();
  two.images.emplace("debian:12", LockedImage{digest("debian"), {}});
  write_lock(file_, sample_lock(), one, cache_);
  write_lock(file_, sample_lock(), two, cache_);
  auto both = two;
  both.go = one.go;
  EXPECT_TRUE(*read_lock(file_) == both);
}

TEST_F(WriteLockTest, Hostile256_TwoChangesOfOneThingConflict) {
  write_lock(file_, std::nullopt, sample_lock(), cache_);
  auto one = sample_lock();
  one.images.at("alpine:3.20").root = digest("one");
  auto two = sample_lock();
  two.images.at("alpine:3.20").root = digest("two");
  write_lock(file_, sample_lock(), one, cache_);
  try {
    write_lock(file_, sample_lock(), two, cache_);
    ADD_FAILURE() << "written";
  } catch (const Error& error) {
    EXPECT_EQ(name_of(error.kind()), name_of(ErrorKind::conflict));
    EXPECT_THAT(error.message(), HasSubstr("alpine:3.20"));
  }
  EXPECT_TRUE(*read_lock(file_) == one);
}

}  // namespace
}  // namespace whittle::builder
