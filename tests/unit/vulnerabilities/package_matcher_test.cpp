#include "vulnerabilities/package_matcher.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "common/file.hpp"
#include "common/report.hpp"

namespace whittle::vulnerabilities {
namespace {

namespace fs = std::filesystem;
using evidence::Component;
using testing::ElementsAre;
using testing::IsEmpty;

Component package(const std::string& name, const std::string& version, const std::string& source,
                  const std::string& distribution, Component::Kind kind = Component::Kind::deb) {
  Component package{.kind = kind, .name = name, .version = version, .distribution = distribution};
  package.source = source;
  package.source_version = version;
  package.origins = {"var/lib/dpkg/status"};
  return package;
}

class PackageMatcher : public testing::Test {
 protected:
  // An entry about a source package, mended in that version ("" is never).
  void add(const std::string& id, const std::string& ecosystem, const std::string& name,
           const std::string& fixed, const std::string& more = "") {
    fs::create_directories(folder_.path() / "db");
    const auto fix = fixed.empty() ? "" : fmt::format(R"(,{{"fixed":"{}"}})", fixed);
    write_file(
        folder_.path() / "db" / (id + ".json"),
        fmt::format(
            R"({{"id":"{}","modified":"2026-01-01T00:00:00Z",{}"affected":[{{"package":{{"ecosystem":"{}","name":"{}"}},)"
            R"("ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}}{}]}}]}}]}})",
            id, more, ecosystem, name, fix),
        AtomicFile::Durability::content);
  }
  PackageMatches match(const std::vector<Component>& components) {
    SilentReporter silent;
    builder::Cache cache(folder_.path() / "cache", silent);
    std::vector<Database> all;
    all.push_back(Database::open(folder_.path() / "db", cache, silent, 1, {}));
    Databases databases(std::move(all));
    return match_packages(components, databases);
  }
  std::vector<std::string> findings(const std::vector<Component>& components) {
    std::vector<std::string> lines;
    for (const auto& finding : match(components).findings)
      lines.push_back(
          fmt::format("{} {} {} {}", finding.id, finding.package, finding.version, finding.fixed));
    return lines;
  }

  TemporaryFolder folder_{fs::temp_directory_path()};
};

TEST_F(PackageMatcher, VersionsHaveTheOrderOfTheDistribution) {
  add("D-1", "Debian:12", "openssl", "3.0.11-1~deb12u2");
  add("D-2", "Debian:11", "openssl", "9");
  add("A-1", "Alpine:v3.20", "musl", "1.2.5-r10");
  EXPECT_THAT(findings({package("libssl3", "3.0.11-1~deb12u1", "openssl", "debian-12"),
                        package("musl", "1.2.5-r9", "musl", "alpine-3.20.3", Component::Kind::apk)}),
              ElementsAre("A-1 musl 1.2.5-r9 1.2.5-r10", "D-1 openssl 3.0.11-1~deb12u1 3.0.11-1~deb12u2"));
  EXPECT_THAT(findings({package("libssl3", "3.0.11-1~deb12u2", "openssl", "debian-12"),
                        package("musl", "1.2.5-r10", "musl", "alpine-3.20.3", Component::Kind::apk)}),
              IsEmpty());
}

TEST_F(PackageMatcher, PackagesOfOneSourceAreOneFinding) {
  add("D-1", "Debian:12", "glibc", "");
  const auto found = match({package("libc6", "2.36-9", "glibc", "debian-12"),
                            package("libc-bin", "2.36-9", "glibc", "debian-12")})
                         .findings;
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].installed, ElementsAre("libc-bin", "libc6"));
  EXPECT_EQ(found[0].presence(), Presence::installed);
  EXPECT_TRUE(found[0].counts());
}

TEST_F(PackageMatcher, AnEntryThatMendsWhatHasEntriesOfItsOwnSaysNothingNew) {
  add("DEBIAN-CVE-1", "Debian:12", "p", "2", R"("upstream":["CVE-1"],)");
  add("DEBIAN-CVE-2", "Debian:12", "p", "2", R"("upstream":["CVE-2"],)");
  add("DSA-1-1", "Debian:12", "p", "2", R"("upstream":["CVE-1","CVE-2"],)");
  add("DSA-2-1", "Debian:12", "p", "2", R"("upstream":["CVE-2","CVE-3"],)");
  EXPECT_THAT(findings({package("p", "1", "p", "debian-12")}),
              ElementsAre("DEBIAN-CVE-1 p 1 2", "DEBIAN-CVE-2 p 1 2", "DSA-2-1 p 1 2"));
}

TEST_F(PackageMatcher, WhatNoDatabaseKnowsIsNotChecked) {
  add("D-1", "Debian:12", "p", "2");
  const auto matches = match(
      {package("p", "1", "p", "debian-13"), package("q", "1", "q", "debian"), package("r", "1", "r", "")});
  EXPECT_THAT(matches.findings, IsEmpty());
  ASSERT_EQ(matches.unchecked.size(), 3U);
  EXPECT_EQ(matches.unchecked[0].why, "it is not known which release of \"debian\" it is of");
  EXPECT_EQ(matches.unchecked[1].why, "no database has entries of \"Debian:13\"");
  EXPECT_EQ(matches.unchecked[2].why, "of an unknown distribution");
}

}  // namespace
}  // namespace whittle::vulnerabilities
