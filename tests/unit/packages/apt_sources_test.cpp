#include "packages/apt_sources.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/file.hpp"
#include "tests/support/failure.hpp"

namespace whittle::packages {
namespace {

using test::failure;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<KeySource> default_keys{{"/keys/default.gpg", {}}};

// "URI SUITE COMPONENT… [KEY… FINGERPRINT…]", with "!" where the expiry is not checked.
std::vector<std::string> written(const AptSources& sources) {
  std::vector<std::string> all;
  for (const auto& one : sources.archives) {
    std::string keys;
    for (const auto& key : one.keys)
      keys += (keys.empty() ? "" : " ") + (key.file.empty() ? key.text : key.file.native());
    for (const auto& fingerprint : one.fingerprints) keys += " " + fingerprint;
    all.push_back(fmt::format("{} {} {} [{}]{}", fmt::join(one.uris, ","), one.suite,
                              fmt::join(one.components, " "), keys, one.check_expiry ? "" : "!"));
  }
  return all;
}

AptSources list(std::string_view text) {
  return parse_sources_list(text, "list", "amd64", default_keys);
}
AptSources deb822(std::string_view text) {
  return parse_sources_deb822(text, "sources", "amd64", default_keys);
}

TEST(AptSources, ReadsLines) {
  const auto sources = list(
      "# comment\n\n  deb http://a.example.com/debian woody main contrib # more\n"
      "deb-src http://a.example.com/debian woody main\n"
      "deb [arch=amd64,arm64 signed-by=/keys/a.gpg] https://b.example.com/ sid main\n"
      "deb [ arch=arm64 ] https://c.example.com/ sid main\n"
      "deb\t[check-valid-until=no trusted=yes] file:/srv/$(ARCH) sid main\r\n");
  EXPECT_THAT(written(sources),
              ElementsAre("http://a.example.com/debian woody main contrib [/keys/default.gpg]",
                          "https://b.example.com/ sid main [/keys/a.gpg]",
                          "file:/srv/amd64 sid main [/keys/default.gpg]!"));
  EXPECT_THAT(sources.skipped, IsEmpty());
}

TEST(AptSources, SaysWhatCannotBeUsed) {
  const auto sources =
      list("deb cdrom:[Debian]/ woody main\ndeb http://a.example.com/ ./\ndeb mirror+file:/x sid main\n");
  EXPECT_THAT(written(sources), IsEmpty());
  EXPECT_THAT(sources.skipped,
              ElementsAre("list:1: \"cdrom:[Debian]/\": only http, https and file can be read",
                          "list:2: \"./\": archives without suites cannot be read",
                          "list:3: \"mirror+file:/x\": only http, https and file can be read"));
}

TEST(AptSources, RefusesMalformedLines) {
  const auto refused = [](std::string_view text) { return failure([&] { list(text); }); };
  EXPECT_EQ(refused("\nrpm http://a.example.com/ x main\n"),
            "unsupported: list:2: \"rpm\" is not a type of source");
  EXPECT_EQ(refused("deb [arch=amd64 http://a x main"), "unsupported: list:1: the bracket is not closed");
  EXPECT_EQ(refused("deb [x] http://a x main"), "unsupported: list:1: \"x\" is not an option");
  EXPECT_EQ(refused("deb"), "unsupported: list:1: the source has no URI");
  EXPECT_EQ(refused("deb http://a"), "unsupported: list:1: the source has no suite");
  EXPECT_EQ(refused("deb http://a x"), "unsupported: list:1: the source has no component");
  EXPECT_EQ(refused("deb http://a ../x main"), "unsupported: list:1: \"../x\" is not a suite");
  EXPECT_EQ(refused("deb http://a x ma?in"), "unsupported: list:1: \"ma?in\" is not a component");
  EXPECT_THAT(refused("deb [signed-by=keys.gpg] http://a x main"),
              HasSubstr("neither a path nor a fingerprint"));
}

TEST(AptSources, ReadsParagraphs) {
  const std::string fingerprint = "4cb50190207b4758a3f73a796ed0e7b82643e131";
  const auto sources = deb822(
      "Types: deb deb-src\n# where\nURIs: http://a.example.com/debian\nSuites: woody\n# and\n woody-updates\n"
      "Components: main\nSigned-By: /keys/a.gpg\n\n"
      "Types: deb\nURIs: http://b.example.com\nSuites: x\nComponents: main\nEnabled: no\n\n"
      "Types: deb-src\nURIs: http://c.example.com\nSuites: x\nComponents: main\n\n"
      "types: deb\nuris: http://d.example.com\nsuites: x\ncomponents: main\nCheck-Valid-Until: No\n"
      "Signed-By: " +
      fingerprint +
      "!\n\n"
      "Types: deb\nURIs: http://e.example.com\nSuites: x\nComponents: main\nArchitectures: arm64\n");
  EXPECT_THAT(
      written(sources),
      ElementsAre(
          "http://a.example.com/debian woody main [/keys/a.gpg]",
          "http://a.example.com/debian woody-updates main [/keys/a.gpg]",
          "http://d.example.com x main [/keys/default.gpg 4CB50190207B4758A3F73A796ED0E7B82643E131]!"));
}

TEST(AptSources, TakesKeysFromTheField) {
  const auto sources = deb822(
      "Types: deb\nURIs: http://a.example.com\nSuites: x\nComponents: main\nSigned-By:\n"
      " -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abcd\n -----END PGP PUBLIC KEY BLOCK-----\n");
  ASSERT_EQ(sources.archives.size(), 1U);
  EXPECT_THAT(sources.archives[0].keys,
              ElementsAre(KeySource{
                  {}, "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabcd\n-----END PGP PUBLIC KEY BLOCK-----\n"}));
}

TEST(AptSources, RefusesMalformedParagraphs) {
  EXPECT_EQ(failure([] { deb822("URIs: http://a\n"); }), "unsupported: sources:1: the source has no Types");
  EXPECT_EQ(failure([] { deb822("\nTypes: deb\n"); }), "unsupported: sources:2: the source has no URI");
  EXPECT_EQ(failure([] { deb822("Types: deb\nx\n"); }),
            "unsupported: sources:2: \"x\" is not a field (NAME: VALUE)");
}

TEST(AptSources, ReadsAFolderAsAptDoes) {
  const TemporaryFolder folder(std::filesystem::temp_directory_path());
  const auto put = [&](const std::string& name, std::string_view text) {
    make_directories((folder.path() / name).parent_path());
    write_file(folder.path() / name, text, AtomicFile::Durability::content);
  };
  const AptFolders folders{folder.path(), {folder.path() / "archive.gpg", folder.path() / "absent.gpg"}};
  EXPECT_THAT(written(read_apt_sources(folders, "amd64")), IsEmpty()) << "nothing is set up";
  put("sources.list.d/b.sources", "Types: deb\nURIs: http://b.example.com\nSuites: x\nComponents: main\n");
  put("sources.list.d/a.list", "deb http://a.example.com x main\n");
  put("sources.list.d/c.list.disabled", "deb http://c.example.com x main\n");
  put("sources.list", "deb http://z.example.com x main\n");
  put("trusted.gpg.d/one.asc", "");
  put("trusted.gpg.d/two.gpg", "");
  put("trusted.gpg.d/README", "");
  put("archive.gpg", "");
  const auto keys = fmt::format("[{0}/trusted.gpg.d/one.asc {0}/trusted.gpg.d/two.gpg {0}/archive.gpg]",
                                folder.path().native());
  EXPECT_THAT(written(read_apt_sources(folders, "amd64")),
              ElementsAre("http://z.example.com x main " + keys, "http://a.example.com x main " + keys,
                          "http://b.example.com x main " + keys));
}

}  // namespace
}  // namespace whittle::packages
