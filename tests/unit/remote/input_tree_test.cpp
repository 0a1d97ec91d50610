#include "remote/input_tree.hpp"

#include <gmock/gmock.h>

#include "remote/wire.hpp"
#include "tests/support/thrown_error.hpp"

namespace whittle::remote {
namespace {

BlobId blob(std::string_view text) {
  return id_of(text);
}

TEST(InputTree, OfNoFilesIsTheEmptyMessage) {
  BlobSet blobs;
  EXPECT_EQ(InputTree().finish(blobs).hash,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(InputTree, IsWrittenAsTheMessageDirectory) {
  InputTree tree;
  tree.add("a", {{std::string(64, '0'), 3}, true});
  BlobSet blobs;
  const auto root = tree.finish(blobs);
  const auto bytes = read_all(*blobs.blobs().at(root)(), 1000, "the root");
  // files { name: "a" digest { hash: "000…" size_bytes: 3 } is_executable: true }
  const std::string digest = "\x0a\x40" + std::string(64, '0') + "\x10\x03";
  const std::string node =
      std::string("\x0a\x01") + "a\x12" + static_cast<char>(digest.size()) + digest + "\x20\x01";
  EXPECT_EQ(bytes, "\x0a" + std::string(1, static_cast<char>(node.size())) + node);
}

TEST(InputTree, DoesNotDependOnTheOrderOfItsFiles) {
  InputTree one;
  one.add("b/c", {blob("1")});
  one.add("a", {blob("2")});
  InputTree other;
  other.add("a", {blob("2")});
  other.add("b/c", {blob("1")});
  other.add("b/c", {blob("1")});
  BlobSet blobs;
  EXPECT_EQ(one.finish(blobs), other.finish(blobs));
  EXPECT_EQ(blobs.blobs().size(), 2U);  // the root, and b
}

TEST(InputTree, ChangesWithEachNameContentAndMode) {
  const auto root = [](std::string_view path, std::string_view text, bool executable) {
    InputTree tree;
    tree.add(path, {blob(text), executable});
    BlobSet blobs;
    return tree.finish(blobs).hash;
  };
  const auto first = root("a/b", "1", false);
  EXPECT_NE(first, root("a/c", "1", false));
  EXPECT_NE(first, root("a/b", "2", false));
  EXPECT_NE(first, root("a/b", "1", true));
}

TEST(InputTree, RefusesPathsThatAreNotPlain) {
  for (const auto* path : {"", "/a", "a/", "a//b", ".", "../a", "a/../b", "a/."})
    EXPECT_EQ(test::failure_of([&] { InputTree().add(path, {blob("1")}); }).kind(), ErrorKind::internal)
        << path;
}

TEST(InputTree, RefusesAFileThatIsAFolderToo) {
  InputTree tree;
  tree.add("a", {blob("1")});
  tree.add("a/b", {blob("1")});
  BlobSet blobs;
  EXPECT_EQ(test::failure_of([&] { tree.finish(blobs); }).kind(), ErrorKind::internal);
}

TEST(InputTree, RefusesTwoContentsOfOneFile) {
  InputTree tree;
  tree.add("a", {blob("1")});
  EXPECT_EQ(test::failure_of([&] { tree.add("a", {blob("2")}); }).kind(), ErrorKind::internal);
}

}  // namespace
}  // namespace whittle::remote
