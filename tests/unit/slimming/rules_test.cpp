#include "slimming/rules.hpp"

#include <gtest/gtest.h>

namespace whittle::slimming {
namespace {

std::string rule_of(std::string_view path, const FileFeatures& file = {},
                    const std::vector<std::string>& environment = {}) {
  return std::string(FileRules(enabled_rules({}), environment).rule_for(path, file).value_or(""));
}

TEST(Rules, LicencesStayWhereDocumentationGoes) {
  EXPECT_EQ(rule_of("usr/share/doc/bash/README.gz"), "documentation");
  EXPECT_EQ(rule_of("usr/share/doc/bash/copyright"), "");
  EXPECT_EQ(rule_of("usr/share/doc/bash/LICENSE.md"), "");
  EXPECT_EQ(rule_of("usr/share/doc/libx", {.is_regular = false}), "") << "a link to another package's folder";
  EXPECT_EQ(rule_of("usr/share/man/de/man1/x.1.gz", {.is_regular = false}), "documentation");
  EXPECT_EQ(rule_of("usr/share/manual"), "");
  EXPECT_EQ(rule_of("opt/usr/share/doc/x"), "");
}

TEST(Rules, TranslationsIntoTheLanguageOfTheImageStay) {
  EXPECT_EQ(rule_of("usr/share/locale/de/LC_MESSAGES/x.mo"), "locales");
  EXPECT_EQ(rule_of("usr/share/locale/de/LC_MESSAGES/x.mo", {}, {"LANG=de_AT.UTF-8"}), "");
  EXPECT_EQ(rule_of("usr/share/locale/de_AT/LC_MESSAGES/x.mo", {}, {"LC_ALL=de_AT"}), "");
  EXPECT_EQ(rule_of("usr/share/locale/de_CH/LC_MESSAGES/x.mo", {}, {"LANG=de_AT"}), "locales");
  EXPECT_EQ(rule_of("usr/share/locale/fr/LC_MESSAGES/x.mo", {}, {"LANGUAGE=de:fr"}), "");
  EXPECT_EQ(rule_of("usr/share/locale/locale.alias"), "");
  EXPECT_EQ(rule_of("usr/lib/locale/C.utf8/LC_CTYPE"), "");
  EXPECT_EQ(rule_of("usr/lib/locale/locale-archive"), "");
  EXPECT_EQ(rule_of("usr/lib/locale/en_US.utf8/LC_CTYPE"), "locales");
  EXPECT_EQ(rule_of("usr/share/i18n/locales/de_AT"), "locales");
}

TEST(Rules, CachesOfPackageManagersInAnyHome) {
  for (const auto* path :
       {"var/lib/apt/lists/x_Packages.lz4", "var/cache/apt/pkgcache.bin", "root/.cache/pip/http/a",
        "home/app/.npm/_cacache/index", "var/lib/dpkg/status-old", "var/cache/apk/APKINDEX.gz"})
    EXPECT_EQ(rule_of(path), "package-caches") << path;
  for (const auto* path : {"var/lib/dpkg/status", "var/lib/dpkg/info/x-old", "lib/apk/db/installed",
                           "var/lib/apt/extended_states", "root/.cache/app/x"})
    EXPECT_EQ(rule_of(path), "") << path;
}

TEST(Rules, LogsOfOthersAndEmptyOnesStay) {
  EXPECT_EQ(rule_of("var/log/dpkg.log"), "logs");
  EXPECT_EQ(rule_of("var/log/app.log", {.is_of_root = false}), "");
  EXPECT_EQ(rule_of("var/log/empty.log", {.is_empty = true}), "");
  EXPECT_EQ(rule_of("var/log/nginx/access.log", {.is_regular = false}), "") << "often a link to /dev/stdout";
}

TEST(Rules, ARuleThatIsSwitchedOffSaysNothing) {
  EXPECT_FALSE(FileRules(enabled_rules({"temporary"}), {}).rule_for("tmp/x", {}));
  EXPECT_TRUE(FileRules(enabled_rules({"logs"}), {}).rule_for("tmp/x", {}));
}

TEST(Rules, BroadFoldersHoldWhatRulesEmpty) {
  for (const auto* path : {"", "usr", "usr/share", "usr/share/doc", "var", "tmp"})
    EXPECT_TRUE(FileRules::is_broad(path)) << path;
  for (const auto* path : {"opt", "usr/bin", "var/log/app", "tmp/x"})
    EXPECT_FALSE(FileRules::is_broad(path)) << path;
}

}  // namespace
}  // namespace whittle::slimming
