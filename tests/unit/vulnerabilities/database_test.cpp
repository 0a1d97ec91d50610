#include "vulnerabilities/database.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "common/file.hpp"
#include "common/report.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/module_zip_maker.hpp"

namespace whittle::vulnerabilities {
namespace {

namespace fs = std::filesystem;
using test::failure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string entry(const std::string& id, const std::string& name, const std::string& more = "",
                  const std::string& ecosystem = "Go") {
  return fmt::format(
      R"({{"id":"{}","modified":"2026-0{}-01T00:00:00Z",{}"affected":[{{"package":{{"ecosystem":"{}","name":"{}"}}}}]}})",
      id, 1 + id.back() % 9, more, ecosystem, name);
}

class DatabaseTest : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& text) {
    fs::create_directories((folder_.path() / "db" / name).parent_path());
    write_file(folder_.path() / "db" / name, text, AtomicFile::Durability::content);
  }
  fs::path zip(const std::vector<test::ZipItem>& items) {
    write_file(folder_.path() / "db.zip", test::make_zip(items), AtomicFile::Durability::content);
    return folder_.path() / "db.zip";
  }
  Database open(const fs::path& place) {
    SilentReporter silent;
    builder::Cache cache(folder_.path() / "cache", silent);
    return Database::open(place, cache, silent, 2, {});
  }
  Database open() { return open(folder_.path() / "db"); }
  static std::vector<std::string> ids(const Database& database, std::string_view name,
                                      std::string_view ecosystem = "Go") {
    std::vector<std::string> ids;
    for (const auto& advisory : database.about(ecosystem, name)) ids.push_back(advisory.id);
    return ids;
  }

  TemporaryFolder folder_{fs::temp_directory_path()};
};

TEST_F(DatabaseTest, AFolderOfEntriesNeedsNoIndex) {
  put("A-1.json", entry("A-1", "example.com/m"));
  put("A-2.json", entry("A-2", "example.com/m/v2"));
  put("sub/A-3.json", entry("A-3", "example.com/m"));
  put("A-4.json", entry("A-4", "zlib", "", "Debian:12"));
  put("README.md", "no entry");
  const auto database = open();
  EXPECT_EQ(database.entries(), 4U);
  EXPECT_THAT(ids(database, "example.com/m"), ElementsAre("A-1", "A-3"));
  EXPECT_THAT(ids(database, "example.com/m/v2"), ElementsAre("A-2"));
  EXPECT_THAT(ids(database, "zlib", "Debian:12"), ElementsAre("A-4"));
  EXPECT_THAT(ids(database, "zlib", "Debian:11"), IsEmpty());
  EXPECT_THAT(ids(database, "example.com"), IsEmpty());
  EXPECT_THAT(database.ecosystems(), ElementsAre("Debian:12", "Go"));
  EXPECT_THAT(database.modified(), StartsWith("2026-"));
}

TEST_F(DatabaseTest, AZipIsReadInMemory) {
  for (const std::string folder : {"", "db/", "ID/"}) {
    const auto database =
        open(zip({{folder + "A-1.json", entry("A-1", "m")}, {folder + "A-2.json", entry("A-2", "n")}}));
    EXPECT_THAT(ids(database, "n"), ElementsAre("A-2")) << folder;
  }
  EXPECT_FALSE(fs::exists(folder_.path() / "A-1.json"));
}

TEST_F(DatabaseTest, ThousandsOfNamesAreTold) {
  std::vector<test::ZipItem> items;
  for (int i = 0; i < 1500; ++i)
    items.push_back(
        {fmt::format("A-{}.json", i), entry(fmt::format("A-{}", i), fmt::format("m{}", i % 700))});
  const auto database = open(zip(items));
  for (int i = 0; i < 700; ++i) {
    const auto expected = i < 100 ? 3U : 2U;
    ASSERT_EQ(ids(database, fmt::format("m{}", i)).size(), expected) << i;
  }
}

TEST_F(DatabaseTest, GosIndexIsUsed) {
  put("index/modules.json", R"([{"path":"m","vulns":[{"id":"GO-1","modified":"2026-01-01T00:00:00Z"}]}])");
  put("index/db.json", R"({"modified":"2026-11-11T00:00:00Z"})");
  put("ID/GO-1.json", entry("GO-1", "m"));
  put("ID/GO-2.json", entry("GO-2", "n"));  // the index does not know it
  const auto database = open();
  EXPECT_THAT(ids(database, "m"), ElementsAre("GO-1"));
  EXPECT_THAT(ids(database, "n"), ElementsAre("GO-2"));
  EXPECT_EQ(database.modified(), "2026-11-11T00:00:00Z");
}

// An entry that is not read cannot be found broken: that shows which ones are.
TEST_F(DatabaseTest, WhatGosIndexCallsMendedIsNotRead) {
  put("index/modules.json",
      R"([{"path":"m","vulns":[{"id":"GO-1","fixed":"1.4.0"},{"id":"GO-2","fixed":"1.5.0"},
    {"id":"GO-3"},{"id":"GO-4","fixed":"1.2.0"},{"id":"GO-4","fixed":"1.6.0"},{"id":"GO-5","fixed":"no version"}]}])");
  put("ID/GO-1.json", "broken");
  for (const auto* id : {"GO-2", "GO-3", "GO-4", "GO-5"}) put(fmt::format("ID/{}.json", id), entry(id, "m"));
  const auto database = open();
  std::vector<std::string> ids;
  for (const auto& advisory : database.about("Go", "m", "v1.4.0")) ids.push_back(advisory.id);
  EXPECT_THAT(ids, ElementsAre("GO-2", "GO-3", "GO-4", "GO-5"));
  for (const auto* version : {"", "v1.3.9", "v1.4.0-rc.1"})
    EXPECT_THAT(failure([&] { database.about("Go", "m", version); }), StartsWith("integrity: ")) << version;
}

TEST_F(DatabaseTest, Hostile251_AnIndexThatIsMissingIsMade) {
  put("index/db.json", R"({"modified":"2026-05-05T00:00:00Z"})");
  put("ID/GO-1.json", entry("GO-1", "m"));
  EXPECT_THAT(ids(open(), "m"), ElementsAre("GO-1"));
}

TEST_F(DatabaseTest, Hostile251_AnIndexThatContradictsTheEntriesIsBroken) {
  put("index/modules.json", R"([{"path":"m","vulns":[{"id":"GO-1"},{"id":"GO-2"}]}])");
  put("ID/GO-1.json", entry("GO-1", "n"));
  EXPECT_THAT(failure([&] { open(); }), HasSubstr("names \"GO-2\", which is not there"));
  put("ID/GO-2.json", entry("GO-2", "m"));
  EXPECT_THAT(failure([&] { open().about("Go", "m"); }), HasSubstr("is about \"m\", which it is not"));
}

TEST_F(DatabaseTest, Hostile251_AnEntryIsCalledAsItsFile) {
  put("A-1.json", entry("A-2", "m"));
  EXPECT_THAT(failure([&] { open(); }), StartsWith("integrity: reading the vulnerability database"));
}

TEST_F(DatabaseTest, Hostile251_OneBrokenEntryIsABrokenDatabase) {
  put("A-1.json", entry("A-1", "m"));
  put("A-2.json", "{\"id\":");
  EXPECT_THAT(failure([&] { open(); }), HasSubstr("\"A-2.json\""));
}

TEST_F(DatabaseTest, Hostile251_WhatWasWithdrawnIsNotThere) {
  put("A-1.json", entry("A-1", "m", R"("withdrawn":"2026-01-01T00:00:00Z",)"));
  put("A-2.json", entry("A-2", "m"));
  const auto database = open();
  EXPECT_EQ(database.entries(), 1U);
  EXPECT_THAT(ids(database, "m"), ElementsAre("A-2"));
}

TEST_F(DatabaseTest, Hostile251_ANameThatLeadsOutIsRefused) {
  for (const std::string name : {"../A-1.json", "a/../../A-1.json", "/A-1.json", "a\\A-1.json"})
    EXPECT_THAT(failure([&] {
                  open(zip({{name, entry("A-1", "m")}, {"A-2.json", entry("A-2", "m")}}));
                }),
                HasSubstr("leads elsewhere"))
        << name;
}

TEST_F(DatabaseTest, Hostile251_ABombIsALimit) {
  auto bomb = test::ZipItem{"A-1.json", std::string(65U << 20U, ' ')};
  EXPECT_THAT(failure([&] { open(zip({bomb})); }), StartsWith("limit: "));
}

TEST_F(DatabaseTest, WhatIsEmptyOrMissingIsNoDatabase) {
  fs::create_directories(folder_.path() / "db");
  EXPECT_THAT(failure([&] { open(); }), HasSubstr("it has no entries"));
  EXPECT_THAT(failure([&] { open(folder_.path() / "nowhere"); }), StartsWith("not-found: "));
  write_file(folder_.path() / "file", "no zip, but long enough to be one", AtomicFile::Durability::content);
  EXPECT_THAT(failure([&] { open(folder_.path() / "file"); }), StartsWith("integrity: "));
}

TEST_F(DatabaseTest, AnIndexIsReadBackAsItWas) {
  put("A-1.json", entry("A-1", "m"));
  put("A-2.json", entry("A-2", "zlib", "", "Debian:12"));
  const auto files = open_database_files(folder_.path() / "db");
  const auto made = AdvisoryIndex::of_all(*files, 1, {});
  const auto read = AdvisoryIndex::parse(made.text(), 2);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text(), made.text());
  EXPECT_EQ(read->entries(), 2U);
  EXPECT_THAT(read->about("Debian:12", "zlib"), ElementsAre(1U));
  EXPECT_FALSE(AdvisoryIndex::parse("something else", 2));
  EXPECT_FALSE(AdvisoryIndex::parse(made.text(), 1));
}

}  // namespace
}  // namespace whittle::vulnerabilities
