#include "builder/base_folders.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "common/error.hpp"
#include "layers/compression.hpp"
#include "layers/tar_header.hpp"
#include "tests/support/memory_image.hpp"

namespace whittle::builder {
namespace {

using layers::FileEntry;
using layers::FileTree;

// An entry of a base's layer: 5 for a directory, 2 for a link to "usr/bin", 0 for a file.
std::string entry(char type, std::string_view path, std::uint32_t mode = 0755, std::uint32_t owner = 0) {
  layers::TarHeader header;
  header.path = path;
  header.type = type;
  header.mode = mode;
  header.uid = owner;
  header.gid = owner;
  if (type == '2') header.target = "usr/bin";
  return layers::tar_header(header);
}

class BaseFoldersTest : public testing::Test {
 protected:
  BaseImage base_of(const std::vector<std::string>& tars) {
    layers::Manifest manifest{"", image->add_blob("config", "{}"), {}};
    for (const auto& tar : tars) {
      TextSink out(1U << 24U, "a layer");
      const auto compressor = layers::make_compressor({}, 1, out);
      compressor->write(as_bytes(tar + std::string(layers::tar_end())));
      compressor->finish();
      manifest.layers.push_back(image->add_blob("layer", out.take()));
    }
    const auto digest = Digest::of(manifest.layers.empty() ? "" : manifest.layers.back().digest.text());
    const layers::Descriptor descriptor{"manifest", digest, 1};
    return {"base", descriptor, manifest, {}, image};
  }

  // A tree with one file, laid over the base: "etc 755 0:0, …" of its directories.
  std::string laid(const BaseImage& base, const std::string& path) {
    FileTree tree;
    tree.add(path, {});
    BaseFolders(cache, Limits(), reporter, {}).keep(base, tree);
    std::string text;
    for (const auto& [name, kept] : tree.entries())
      if (kept.type == FileEntry::Type::directory)
        text += fmt::format("{}{} {:o} {}", text.empty() ? "" : ", ", name, kept.mode, kept.uid);
    return text;
  }
  void refused(const BaseImage& base, const std::string& path, const std::string& part) {
    try {
      laid(base, path);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::spec);
      EXPECT_THAT(error.message(), testing::HasSubstr(part));
    }
  }

  TemporaryFolder folder{std::filesystem::temp_directory_path()};
  SilentReporter reporter;
  Cache cache{folder.path() / "cache", reporter};
  std::shared_ptr<test::MemoryImage> image = std::make_shared<test::MemoryImage>();
};

TEST_F(BaseFoldersTest, FoldersOfTheBaseKeepModeAndOwner) {
  const auto base = base_of({entry('5', "./tmp/", 01777) + entry('5', "./home/", 0755) +
                             entry('5', "./home/nonroot/", 0700, 65532)});
  EXPECT_EQ(laid(base, "tmp/x"), "tmp 1777 0");
  EXPECT_EQ(laid(base, "home/nonroot/.config/x"),
            "home 755 0, home/nonroot 700 65532, home/nonroot/.config 755 0");
  EXPECT_EQ(laid(base, "srv/data/x"), "srv 755 0, srv/data 755 0");
  EXPECT_EQ(laid(base, "x"), "");
}

TEST_F(BaseFoldersTest, LaterLayersCount) {
  const auto base = base_of(
      {entry('5', "a/", 0700) + entry('5', "a/b/", 0700) + entry('5', "c/", 0700) + entry('5', "c/d/", 0700) +
           entry('5', "e/", 0700) + entry('5', "e/f/", 0700) + entry('5', "g/", 0700),
       entry('5', "a/", 0711) + entry('0', ".wh.c") + entry('0', "e/.wh..wh..opq") + entry('0', "g")});
  EXPECT_EQ(laid(base, "a/b/x"), "a 711 0, a/b 700 0");
  EXPECT_EQ(laid(base, "c/d/x"), "c 755 0, c/d 755 0");
  EXPECT_EQ(laid(base, "e/f/x"), "e 700 0, e/f 755 0");
  EXPECT_EQ(laid(base, "g/x"), "g 755 0");
}

TEST_F(BaseFoldersTest, WhiteoutsAreOfTheLayersBelow) {
  const auto base = base_of({entry('5', "a/", 0700) + entry('5', "a/b/", 0700),
                             entry('5', "a/", 0711) + entry('5', "a/b/", 0711) +
                                 entry('0', "a/.wh..wh..opq") + entry('0', ".wh.a")});
  EXPECT_EQ(laid(base, "a/b/x"), "a 711 0, a/b 711 0");
}

// As engines make them.
TEST_F(BaseFoldersTest, FoldersThatTheBaseDoesNotName) {
  const auto base = base_of(
      {entry('2', "bin") + entry('0', "opt/app/x"), entry('0', "bin/tool"), entry('5', "opt/", 0700)});
  EXPECT_EQ(laid(base, "opt/app/y"), "opt 700 0, opt/app 755 0");
  refused(base, "bin/api", "\"/bin\" cannot be a folder: in the base it is a symbolic link to \"usr/bin\"");
}

TEST_F(BaseFoldersTest, FoldersInPlaceOfLinksHideThem) {
  const auto base = base_of({entry('5', "usr/bin/") + entry('2', "bin")});
  refused(base, "bin/api", "symbolic link");
  refused(base, "bin/api", "symbolic link");  // remembered
  EXPECT_EQ(laid(base, "usr/bin/api"), "usr 755 0, usr/bin 755 0");
  EXPECT_EQ(laid(base_of({entry('2', "bin"), entry('5', "bin/", 0711)}), "bin/api"), "bin 711 0");
}

TEST_F(BaseFoldersTest, WhatWasAskedIsRemembered) {
  const auto base = base_of({entry('5', "tmp/", 01777)});
  EXPECT_EQ(laid(base, "tmp/x"), "tmp 1777 0");
  image->remove(base.manifest.layers[0].digest);
  EXPECT_EQ(laid(base, "tmp/x"), "tmp 1777 0");
  EXPECT_EQ(laid(base, "tmp/another"), "tmp 1777 0");
  EXPECT_THROW(laid(base, "etc/x"), Error);
}

TEST_F(BaseFoldersTest, DamagedMemoriesAreNone) {
  const auto base = base_of({entry('5', "tmp/", 01777)});
  const auto memory = folder.path() / "cache/index/folders";
  laid(base, "tmp/x");
  const auto file = std::filesystem::directory_iterator(memory)->path();
  const auto text = read_file(file, 1000);
  for (std::size_t size = 0; size < text.size(); ++size) {
    write_file(file, text.substr(0, size), AtomicFile::Durability::content);
    EXPECT_EQ(laid(base, "tmp/x"), "tmp 1777 0") << size;
    write_file(file, std::string(size, '\0'), AtomicFile::Durability::content);
    EXPECT_EQ(laid(base, "tmp/x"), "tmp 1777 0") << size;
  }
}

}  // namespace
}  // namespace whittle::builder
