#include "packages/package_resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "packages/package_fetch.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/folder_web.hpp"
#include "tests/support/package_archive.hpp"

namespace whittle::packages {
namespace {

using test::failure;
using test::TestPackage;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string root = "https://packages.example.com/debian";
constexpr std::chrono::sys_seconds resolved_at{std::chrono::seconds(1'750'100'000)};

class PackageResolver : public ::testing::Test {
 protected:
  PackageResolver() { web.serve(root, archive.folder()); }

  void publish() {
    archive.add({"tzdata", "2024a-0+deb12u1"});
    archive.add({"libc6", "2.36", "amd64", {{"Depends", "gcc-base"}}});
    archive.add({"libc6", "2.36", "arm64", {{"Depends", "gcc-base"}}});
    archive.add({"gcc-base", "12", "amd64"});
    archive.add({"gcc-base", "12", "arm64"});
    archive.publish();
  }
  ResolveRequest request() {
    return {{archive.archive(root)}, {"amd64", "arm64"}, {base, over}, resolved_at};
  }
  Resolution resolve() { return resolve_packages(request(), context); }

  // Each set as "NAME ARCHITECTURE: PACKAGE …".
  static std::vector<std::string> written(const Resolution& resolution) {
    std::vector<std::string> all;
    for (const auto& set : resolution.sets) {
      auto line = set.name + " " + set.architecture + ":";
      for (const auto& one : set.packages) line += " " + one.package.name;
      all.push_back(line);
    }
    return all;
  }
  std::size_t asked(std::string_view ending) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(web.asked(), [&](const std::string& url) { return url.ends_with(ending); }));
  }
  void publish_again() {
    archive.add({"more" + std::to_string(++more)});
    archive.publish();
  }

  PackageSet base{"static", {{"tzdata"}}, false};
  PackageSet over{"api", {{"libc6"}, {"tzdata"}}, true, "static"};
  int more = 0;
  TemporaryFolder folder{std::filesystem::temp_directory_path()};
  test::TestPackageArchive archive{folder.path() / "archive"};
  test::FolderWeb web;
  SilentReporter reporter;
  PackageContext context{web, folder.path() / "cache", reporter, {}};
};

TEST_F(PackageResolver, ResolvesSetsOverEachOther) {
  publish();
  const auto resolution = resolve();
  EXPECT_THAT(written(resolution), ElementsAre("static amd64: tzdata", "api amd64: gcc-base libc6",
                                               "static arm64: tzdata", "api arm64: gcc-base libc6"));
  ASSERT_THAT(resolution.releases, SizeIs(1));
  EXPECT_EQ(resolution.releases[0].suite, "stable");
  EXPECT_EQ(resolution.releases[0].codename, "woody");
  EXPECT_EQ(resolution.releases[0].date, std::chrono::sys_seconds(std::chrono::seconds(1'750'000'000)));
  const auto in_release = read_file(archive.folder() / "dists/stable/InRelease", 1U << 20U);
  EXPECT_EQ(resolution.releases[0].digest, Digest::of(in_release));
}

TEST_F(PackageResolver, FetchesTheSmallestFormByHashAndOnce) {
  publish();
  resolve();
  EXPECT_EQ(asked("/Packages.xz") + asked("/Packages.gz") + asked("/Packages"), 0U);
  EXPECT_THAT(web.asked(), Contains(HasSubstr("/main/binary-amd64/by-hash/SHA256/")).Times(1));
  const auto before = web.asked().size();
  resolve();
  EXPECT_EQ(web.asked().size(), before + 1) << "InRelease alone";
}

TEST_F(PackageResolver, MakesDoWithWhatTheMirrorHas) {
  publish();
  for (const auto* architecture : {"amd64", "arm64"}) {
    const auto index = archive.folder() / "dists/stable/main" / (std::string("binary-") + architecture);
    std::filesystem::remove_all(index / "by-hash");
    std::filesystem::remove(index / "Packages.xz");
  }
  resolve();
  EXPECT_EQ(asked("/Packages.gz"), 2U);
  EXPECT_EQ(asked("/Packages"), 0U);
}

TEST_F(PackageResolver, ReadsIndexesOfAllArchitecturesApart) {
  archive.options().all_apart = true;
  publish();
  EXPECT_THAT(written(resolve()), Contains("static arm64: tzdata"));
}

TEST_F(PackageResolver, AsksTheNextMirror) {
  publish();
  auto wanted = request();
  wanted.archives[0].uris = {"https://down.example.com", "https://absent.example.com", root};
  web.before([](const std::string& url) {
    if (url.starts_with("https://down.")) throw Error(ErrorKind::network, "down");
  });
  EXPECT_THAT(written(resolve_packages(wanted, context)), SizeIs(4));
}

TEST_F(PackageResolver, ReadsAChangedArchiveOnceMore) {  // hostile 258
  archive.options().by_hash = false;
  publish();
  int times = 1;
  web.before([&](const std::string& url) {
    if (url.find("/Packages") != std::string::npos && times-- > 0) publish_again();
  });
  EXPECT_THAT(written(resolve()), SizeIs(4));
  EXPECT_EQ(asked("InRelease"), 2U);
}

TEST_F(PackageResolver, GivesUpOnAnArchiveThatChangesAllTheTime) {  // hostile 258
  archive.options().by_hash = false;
  publish();
  web.before([&](const std::string& url) {
    if (url.find("/Packages") != std::string::npos) publish_again();
  });
  EXPECT_THAT(failure([&] { resolve(); }),
              StartsWith("network: the suite stable of https://packages.example.com/debian "
                         "changes while it is read: "));
  EXPECT_EQ(asked("InRelease"), 2U);
}

TEST_F(PackageResolver, RefusesAnIndexThatTheReleaseDoesNotName) {  // hostile 257
  publish();
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(archive.folder() / "dists/stable/main"))
    if (entry.is_regular_file()) {
      auto bytes = read_file(entry.path(), 1U << 20U);
      bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
      write_file(entry.path(), bytes, AtomicFile::Durability::content);
    }
  EXPECT_THAT(failure([&] { resolve(); }),
              StartsWith("unverified: the suite stable of https://packages.example.com/debian "
                         "does not fit its signed release: "));
  EXPECT_TRUE(!std::filesystem::exists(context.cache / "indexes") ||
              std::filesystem::is_empty(context.cache / "indexes"));
}

TEST_F(PackageResolver, RefusesReleasesThatDoNotHold) {  // hostile 257
  publish();
  const auto other = test::SigningKey();
  auto wanted = request();
  wanted.archives[0].keys = {{{}, other.public_key()}};
  EXPECT_THAT(failure([&] { resolve_packages(wanted, context); }),
              HasSubstr("it is not among the trusted keys"));
  archive.options().valid_until = 1'750'000'100;
  archive.publish();
  EXPECT_THAT(failure([&] { resolve(); }), HasSubstr("it was valid until 2025-06-15"));
  wanted = request();
  wanted.archives[0].check_expiry = false;
  EXPECT_THAT(written(resolve_packages(wanted, context)), SizeIs(4));
}

TEST_F(PackageResolver, RefusesAReplayOfAnOldState) {  // hostile 257
  publish();
  auto wanted = request();
  wanted.not_before = {resolve().releases.at(0).date};
  EXPECT_THAT(written(resolve_packages(wanted, context)), SizeIs(4)) << "the same is no replay";
  archive.options().date -= 100;
  archive.publish();
  EXPECT_THAT(failure([&] { resolve_packages(wanted, context); }), HasSubstr("older than the one of"));
}

TEST_F(PackageResolver, SaysWhatAnArchiveLacks) {
  publish();
  auto wanted = request();
  wanted.archives[0].components = {"main", "contrib"};
  EXPECT_THAT(failure([&] { resolve_packages(wanted, context); }),
              EndsWith("has no packages of \"contrib\" for amd64\nhint: it has the components main"));
  wanted = request();
  wanted.architectures = {"s390x"};
  EXPECT_THAT(failure([&] { resolve_packages(wanted, context); }),
              HasSubstr("has no packages of \"main\" for s390x"));
  wanted = request();
  wanted.archives[0].suite = "sid";
  EXPECT_THAT(failure([&] { resolve_packages(wanted, context); }), StartsWith("not-found: the suite sid of"));
  wanted.archives.clear();
  EXPECT_THAT(failure([&] { resolve_packages(wanted, context); }), HasSubstr("no package archive is known"));
}

TEST_F(PackageResolver, DoesNotTrustItsCache) {
  publish();
  resolve();
  for (const auto& entry : std::filesystem::directory_iterator(context.cache / "indexes")) {
    auto bytes = read_file(entry.path(), 1U << 20U);
    bytes[0] = 'X';
    write_file(entry.path(), bytes, AtomicFile::Durability::content);
  }
  EXPECT_THAT(failure([&] { resolve(); }), HasSubstr("was damaged in the cache and has been removed"));
  EXPECT_THAT(failure([&] { resolve(); }), HasSubstr("was damaged in the cache and has been removed"))
      << "the other one";
  EXPECT_THAT(written(resolve()), SizeIs(4));
}

TEST_F(PackageResolver, FetchesPackages) {
  const auto pinned = archive.add({"hello", "1:2.0", "amd64", {}, {{"usr/share/hello", "hi"}}});
  archive.publish();
  EXPECT_EQ(find_package(pinned, context), std::nullopt);
  const auto path = fetch_package(pinned, {"https://absent.example.com", root}, context);
  EXPECT_EQ(Digest::of(read_file(path, 1U << 20U)), pinned.digest);
  const auto before = web.asked().size();
  EXPECT_EQ(fetch_package(pinned, {}, context), path);
  EXPECT_EQ(web.asked().size(), before) << "it is in the cache";
  write_file(path, std::string(pinned.size, 'x'), AtomicFile::Durability::content);
  EXPECT_EQ(find_package(pinned, context), std::nullopt) << "it was damaged there";
  EXPECT_EQ(fetch_package(pinned, {root}, context), path);
}

TEST_F(PackageResolver, SaysThatAPackageIsGone) {  // hostile 255
  auto pinned = archive.add({"hello"});
  archive.publish();
  pinned.path = "pool/other.deb";
  EXPECT_THAT(
      failure([&] { fetch_package(pinned, {root}, context); }),
      StartsWith("not-found: no package archive has package hello 1.0 (all) any more\nhint: `whittle lock"));
}

TEST_F(PackageResolver, RefusesOtherBytesUnderTheNameOfAPackage) {
  const auto pinned = archive.add({"hello"});
  archive.publish();
  write_file(archive.folder() / pinned.path, std::string(pinned.size, 'x'), AtomicFile::Durability::content);
  EXPECT_THAT(failure([&] { fetch_package(pinned, {root}, context); }),
              StartsWith("integrity: fetching package hello 1.0 (all): "));
  EXPECT_TRUE(std::filesystem::is_empty(context.cache / "debs"));
}

TEST(ArchiveUrl, EncodesWhatWouldMeanSomethingElse) {
  EXPECT_EQ(archive_url("https://a.example.com/debian//", "pool/a_1%3a2+b~c.deb"),
            "https://a.example.com/debian/pool/a_1%253a2+b~c.deb");
  EXPECT_EQ(archive_url("https://a.example.com", "a?b#c"), "https://a.example.com/a%3Fb%23c");
}

}  // namespace
}  // namespace whittle::packages
