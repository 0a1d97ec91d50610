#include "closure/fact_reader.hpp"

#include <gmock/gmock.h>

#include <cstdint>

#include "closure/string_constants.hpp"
#include "common/error.hpp"
#include "tests/unit/closure/elf_maker.hpp"

namespace whittle::closure {
namespace {

using test::elf_file;
using test::nul;
using testing::ElementsAre;
using testing::IsEmpty;

class FactReaderTest : public testing::Test {
 protected:
  const FileFacts* read(const std::string& path, const std::string& content) {
    const layers::MergedEntry::Origin file{0, ++files_};
    reader_.read(file, path, binaries::MemoryAccess(content));
    const auto found = reader_.facts().files.find(file);
    return found == reader_.facts().files.end() ? nullptr : &found->second;
  }

  FactReader reader_ = {};

 private:
  std::uint64_t files_ = 0;
};

TEST_F(FactReaderTest, ReadsWhatAnElfFileAsksFor) {
  const auto file =
      elf_file({.interpreter = "/lib/ld.so",
                .needed = {"liba.so", "libb.so.1"},
                .soname = "x",
                .rpath = "/r",
                .runpath = "$ORIGIN",
                .imports = {"dlopen", "execvp", "other"},
                .data = "libp.so.1" + nul + "git" + nul + "see /etc/x.conf, or /usr/lib/x/%s.so" + nul +
                        "gzip -d %s" + nul + "not a command" + nul});
  const auto* facts = read("bin/a", file);
  ASSERT_NE(facts, nullptr);
  EXPECT_EQ(facts->kind, FileFacts::Kind::elf);
  const auto& elf = facts->elf;
  EXPECT_EQ(elf.interpreter, "/lib/ld.so");
  EXPECT_EQ(elf.runpath, "$ORIGIN");
  EXPECT_THAT(elf.needed, ElementsAre("liba.so", "libb.so.1"));
  EXPECT_TRUE(elf.does(Call::open_library) && elf.does(Call::run_command) && !elf.does(Call::run_shell));
  EXPECT_THAT(elf.libraries, ElementsAre("libp.so.1"));
  EXPECT_THAT(elf.words, ElementsAre("git", "gzip"));
  EXPECT_THAT(elf.paths, ElementsAre("/etc/x.conf", "/usr/lib/x"));
}

TEST_F(FactReaderTest, ReadsElfFilesWithoutSections) {
  const auto* facts = read(
      "a",
      elf_file(
          {.needed = {"liba.so"}, .imports = {"system"}, .data = "/etc/x" + nul, .has_sections = false}));
  ASSERT_NE(facts, nullptr);
  EXPECT_TRUE(facts->elf.does(Call::run_shell));
  EXPECT_THAT(facts->elf.paths, testing::Contains("/etc/x"));
}

TEST_F(FactReaderTest, SaysWhatIsBrokenInAnElfFile) {
  auto file = elf_file({.needed = {"liba.so"}});
  EXPECT_EQ(read("cut", file.substr(0, file.size() / 2))->kind, FileFacts::Kind::broken_elf);
  EXPECT_EQ(read("short",
                 "\x7f"
                 "ELF")
                ->kind,
            FileFacts::Kind::broken_elf);
  EXPECT_EQ(read("many", elf_file({.needed = std::vector<std::string>(65'535, "l")}))->kind,
            FileFacts::Kind::broken_elf);
  EXPECT_FALSE(read("cut", file.substr(0, file.size() / 2))->text.empty());
}

TEST_F(FactReaderTest, KeepsTextsOfShellScriptsAndFirstLinesOfOthers) {
  EXPECT_EQ(read("a", "#!/bin/sh\nls\n")->text, "#!/bin/sh\nls\n");
  EXPECT_EQ(read("b", "#!/usr/bin/python3\nx\n")->text, "#!/usr/bin/python3");
  const auto* large = read("c", "#!/bin/sh\n" + std::string(10U << 20U, 'x'));
  EXPECT_TRUE(large->is_cut);
  EXPECT_EQ(large->text.size(), FactReader::largest_script);
}

TEST_F(FactReaderTest, FindsPathsInConfigurations) {
  EXPECT_THAT(read("etc/a.conf",
                   "# /no\n  ; /no\ndir \"/var/lib/a\";\ninclude /etc/a/*.conf\nurl=http://x/y key=/k\n")
                  ->paths,
              ElementsAre("/etc/a/*.conf", "/k", "/var/lib/a"));
  EXPECT_EQ(read("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n")->paths.size(), 0U);
  EXPECT_EQ(read("usr/share/text", "/etc/x\n"), nullptr);
  EXPECT_EQ(read("etc/binary", std::string("/a/b\0/c", 7)), nullptr);
}

TEST_F(FactReaderTest, KnowsWhosePackageAFileIs) {
  read("var/lib/dpkg/info/libc6:amd64.list", "/.\n/lib\n/lib/x86_64-linux-gnu/libc.so.6\n");
  read("var/lib/dpkg/info/nginx-common.list", "/etc/nginx/nginx.conf\n");
  read("var/lib/dpkg/status", "Package: nginx-common\nSource: nginx (1.22)\nVersion: 1.22\n");
  const auto& packages = reader_.facts().packages;
  EXPECT_EQ(packages.owner("lib/x86_64-linux-gnu/libc.so.6"), "libc6");
  EXPECT_EQ(packages.owner("usr/lib/x86_64-linux-gnu/libc.so.6"), "libc6") << "the root has links to usr";
  EXPECT_EQ(packages.owner("etc/other"), std::nullopt);
  EXPECT_EQ(packages.source("nginx-common"), "nginx");
  EXPECT_EQ(packages.source("libc6"), "libc6");
  read(
      "lib/apk/db/installed",
      "P:busybox\no:busybox\nF:bin\nR:busybox\nF:etc\nR:securetty\n\nP:musl\nF:lib\nR:ld-musl-x86_64.so.1\n");
  EXPECT_EQ(packages.owner("bin/busybox"), "busybox");
  EXPECT_EQ(packages.owner("lib/ld-musl-x86_64.so.1"), "musl");
}

TEST_F(FactReaderTest, WarnsOfADatabaseItCannotRead) {
  read("var/lib/dpkg/status", "no field\n");
  EXPECT_EQ(reader_.facts().warnings.size(), 1U);
}

TEST(StringConstants, AreFoundAcrossPieces) {
  const std::string text = "abc" + nul + "/usr/share/thing" + nul + std::string(300'000, 'x') + nul +
                           "libz.so.1" + nul + "/etc/last" + nul;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, text.size()}) {
    StringConstants constants({});
    for (std::size_t at = 0; at < text.size(); at += piece)
      constants.take(std::string_view(text).substr(at, piece));
    constants.end_section();
    EXPECT_THAT(constants.paths, ElementsAre("/etc/last", "/usr/share/thing"));
    EXPECT_THAT(constants.libraries, ElementsAre("libz.so.1"));
  }
}

TEST(StringConstants, DoNotGrowWithoutEnd) {
  StringConstants constants({});
  for (int i = 0; i < 100'000; ++i) constants.take("/etc/" + std::to_string(i) + nul);
  constants.end_section();
  EXPECT_EQ(constants.paths.size(), StringConstants::most);
  EXPECT_TRUE(constants.is_incomplete());
}

}  // namespace
}  // namespace whittle::closure
