#include "evidence/catalogue.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstring>
#include <filesystem>

#include "layers/media_types.hpp"
#include "packages/dpkg_status.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/hostile_tar.hpp"
#include "tests/support/memory_image.hpp"

namespace whittle::evidence {
namespace {

using test::failure;
using test::HostileTar;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// The smallest ELF file of a Go program: a header, and one section that holds the record, found by its name.
std::string go_program(std::string_view version, std::string_view modules) {
  std::string record("\xff Go buildinf:\x08\x02", 16);
  record.resize(32);
  const std::string marked =
      modules.empty() ? std::string() : std::string(16, '<') + std::string(modules) + std::string(16, '>');
  for (const std::string_view part : {version, std::string_view(marked)}) {
    std::size_t length = part.size();
    for (; length >= 0x80; length >>= 7U) record += static_cast<char>((length & 0x7fU) | 0x80U);
    record += static_cast<char>(length);
    record += part;
  }
  const std::string names("\0.go.buildinfo\0.shstrtab\0", 25);
  std::string file(64, '\0');
  const auto put = [&](std::size_t at, std::uint64_t value, std::size_t size) {
    std::memcpy(file.data() + at, &value, size);
  };
  const auto record_at = file.size();
  file += record;
  const auto names_at = file.size();
  file += names;
  file.resize((file.size() + 7) / 8 * 8);
  const auto sections_at = file.size();
  file.resize(file.size() + 3 * 64);
  std::memcpy(file.data(),
              "\x7f"
              "ELF\x02\x01\x01",
              7);
  put(16, 2, 2), put(18, 62, 2), put(20, 1, 4), put(40, sections_at, 8), put(52, 64, 2), put(54, 56, 2),
      put(58, 64, 2), put(60, 3, 2), put(62, 2, 2);
  put(sections_at + 64, 1, 4), put(sections_at + 68, 1, 4), put(sections_at + 64 + 24, record_at, 8),
      put(sections_at + 64 + 32, record.size(), 8);
  put(sections_at + 128, 15, 4), put(sections_at + 132, 3, 4), put(sections_at + 128 + 24, names_at, 8),
      put(sections_at + 128 + 32, names.size(), 8);
  return file;
}

constexpr std::string_view modules =
    "path\texample.com/shop\nmod\texample.com/shop\t(devel)\t\ndep\texample.com/a\tv1.0.0\th1:aaa=\n";

class CatalogueTest : public testing::Test {
 protected:
  void add(const HostileTar& tar) {
    manifest_.layers.push_back(image_.add_blob(std::string(layers::media_type::oci_layer), tar.text()));
  }
  Catalogue read() {
    return read_catalogue(image_, manifest_, {std::filesystem::temp_directory_path(), {}, {}, {}});
  }
  std::vector<std::string> listing() { return listing_of(read()); }
  static std::vector<std::string> listing_of(const Catalogue& catalogue) {
    std::vector<std::string> lines;
    for (const auto& one : catalogue.components) {
      auto line = fmt::format("{} {}", name_of(one.kind), one.name);
      if (!one.version.empty()) line += " " + one.version;
      if (!one.licence.empty() && one.kind != Component::Kind::go_standard_library) line += " " + one.licence;
      lines.push_back(line);
    }
    return lines;
  }
  test::MemoryImage image_;
  layers::Manifest manifest_{
      std::string(layers::media_type::oci_manifest), {"", Digest::of(std::string_view()), 0}, {}};
};

TEST_F(CatalogueTest, ProgramsAndPackages) {
  add(HostileTar()
          .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
          .file("usr/share/doc/tzdata/copyright", "Format: x\n\nFiles: *\nLicense: public-domain\n")
          .file("var/lib/dpkg/status.d/tzdata", "Package: tzdata\nVersion: 2024a\nArchitecture: all\n")
          .file("var/lib/dpkg/status.d/tzdata.md5sums", "0123  usr/share/zoneinfo/UTC\n")
          .file("lib/apk/db/installed", "P:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\n"));
  add(HostileTar()
          .file("usr/bin/api", go_program("go1.26.8", modules))
          .file("usr/bin/sh", "#!/bin/sh\n")
          .file("empty", ""));
  EXPECT_THAT(listing(), ElementsAre("program usr/bin/api", "go-module example.com/a v1.0.0",
                                     "go-module example.com/shop", "go-standard-library stdlib 1.26.8",
                                     "deb tzdata 2024a LicenseRef-public-domain", "apk musl 1.2.5-r0 MIT"));
  EXPECT_EQ(read().components[4].distribution, "debian-12");
  EXPECT_EQ(read().components[0].digest, Digest::of(go_program("go1.26.8", modules)));
}

TEST_F(CatalogueTest, WhatIsHiddenDoesNotCount) {
  add(HostileTar()
          .file("old", go_program("go1.20.0", {}))
          .file("gone/x", go_program("go1.20.0", {}))
          .file("kept", go_program("go1.20.1", {}))
          .file("var/lib/dpkg/status",
                "Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n")
          .file("broken",
                "\x7f"
                "ELF\x02\x01\x01"));
  add(HostileTar()
          .file("old", "text")
          .file(".wh.gone", "")
          .file(".wh.broken", "")
          .file("var/lib/dpkg/status",
                "Package: a\nStatus: install ok installed\nVersion: 2\nArchitecture: all\n"));
  const auto catalogue = read();
  EXPECT_THAT(listing_of(catalogue),
              ElementsAre("program kept", "go-standard-library stdlib 1.20.1", "deb a 2"));
  EXPECT_THAT(catalogue.warnings, IsEmpty());
}

TEST_F(CatalogueTest, AFileWithTwoNamesIsTwoPrograms) {
  add(HostileTar().file("a", go_program("go1.26.8", {})).link("b", "a", '1').link("c", "a", '2'));
  EXPECT_THAT(listing(), ElementsAre("program a", "program b", "go-standard-library stdlib 1.26.8"));
}

TEST_F(CatalogueTest, BrokenFilesAreUnknownAndTheRestStands) {
  auto absurd = go_program("go1.26.8", {});
  absurd[60] = '\xff', absurd[61] = '\xff';  // more sections than there are
  add(HostileTar()
          .file("cut", go_program("go1.26.8", modules).substr(0, 70))
          .file("absurd", absurd)
          .file("good", go_program("go1.26.8", {}))
          .file("lib/apk/db/installed", "P:musl\n\n")
          .file("x\x1b[31m",
                "\x7f"
                "ELF"));
  const auto catalogue = read();
  EXPECT_THAT(listing_of(catalogue), ElementsAre("program good", "go-standard-library stdlib 1.26.8"));
  EXPECT_EQ(catalogue.warnings.size(), 4U);
  for (const auto& warning : catalogue.warnings)
    EXPECT_THAT(warning,
                testing::AllOf(StartsWith("nothing is known of \""), testing::Not(HasSubstr("\x1b"))));
}

TEST_F(CatalogueTest, ABrokenLayerIsAnError) {
  manifest_.layers.push_back(
      image_.add_blob(std::string(layers::media_type::oci_layer), std::string(600, 'x')));
  EXPECT_THAT(failure([&] { read(); }), StartsWith("integrity: "));
}

TEST_F(CatalogueTest, SurvivesACache) {
  add(HostileTar()
          .file("usr/bin/api", go_program("go1.26.8", modules))
          .file("lib/apk/db/installed", "P:musl\nV:1\nA:x86_64\nL:MIT\nm:Me\n")
          .file("bad",
                "\x7f"
                "ELF"));
  const auto catalogue = read();
  EXPECT_EQ(catalogue_from_text(to_text(catalogue)), catalogue);
  EXPECT_FALSE(catalogue_from_text("{}"));
  EXPECT_FALSE(catalogue_from_text("{\"components\": [{\"kind\": \"spaceship\"}]}"));
}

// What is laid over known layers is what reading all of them would find.
TEST_F(CatalogueTest, OwnFilesOverABase) {
  add(HostileTar()
          .file("usr/bin/old", go_program("go1.20.0", {}))
          .file("opt/tool", go_program("go1.19.0", modules))
          .file("var/lib/dpkg/status.d/tzdata", "Package: tzdata\nVersion: 2024a\nArchitecture: all\n"));
  const auto base = read();
  layers::FileTree files;
  files.add("usr/bin/old", packages::text_file("text"));
  files.add("etc/tool", packages::text_file(go_program("go1.26.7", {})));
  const auto over = laid_over(base, files, {}, std::filesystem::temp_directory_path());
  ASSERT_TRUE(over);
  add(HostileTar().file("usr/bin/old", "text").file("etc/tool", go_program("go1.26.7", {})));
  EXPECT_EQ(*over, read());
}

TEST_F(CatalogueTest, OwnFilesThatChangeWhatTheBaseSaysNeedAllLayers) {
  add(HostileTar().file("opt/tool/bin", go_program("go1.20.0", {})));
  const auto base = read();
  for (const auto* path : {"var/lib/dpkg/status", "var/lib/dpkg/status.d/x", "usr/share/doc/x/copyright",
                           "etc/os-release", "opt/tool"}) {
    layers::FileTree files;
    files.add(path, packages::text_file("text"));
    EXPECT_FALSE(laid_over(base, files, {}, std::filesystem::temp_directory_path())) << path;
  }
}

TEST_F(CatalogueTest, TheBaseThatAnnotationsName) {
  Catalogue catalogue;
  add_base_image({{"org.opencontainers.image.base.name", "registry.example.com/base:1"}}, catalogue);
  EXPECT_THAT(catalogue.components, IsEmpty());
  add_base_image({{"org.opencontainers.image.base.name", "registry.example.com/base:1"},
                  {"org.opencontainers.image.base.digest", Digest::of(std::string_view("b")).text()}},
                 catalogue);
  EXPECT_THAT(listing_of(catalogue), ElementsAre("base-image registry.example.com/base:1"));
}

}  // namespace
}  // namespace whittle::evidence
