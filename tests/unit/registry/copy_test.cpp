// Copying between places in memory and on disk; registries have tests of their own.
#include "registry/copy.hpp"

#include "registry/platform_choice.hpp"
#include "registry/tree.hpp"
#include "tests/support/fake_registry.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using layers::Platform;

// Counts what is asked of it and keeps the order of what is written.
class FakeDestination final : public registry::ImageDestination {
 public:
  std::optional<Digest> current(const std::string& tag) override {
    const std::lock_guard lock(mutex);
    ++questions;
    const auto found = tags.find(tag);
    return found == tags.end() ? std::nullopt : std::optional(found->second);
  }
  bool has_blob(const layers::Descriptor& descriptor) override { return holds(descriptor.digest); }
  bool has_manifest(const layers::Descriptor& descriptor) override { return holds(descriptor.digest); }
  bool mount_blob(const layers::Descriptor&, const std::vector<std::string>&) override { return false; }
  void put_blob(const layers::Descriptor& descriptor, const OpenSource& open, Task& task) override {
    const auto bytes = read_all(*open(), 1U << 20U, "blob");
    task.advance(bytes.size());
    if (fail_on == descriptor.digest) throw Error(ErrorKind::registry, "no");
    keep("blob", descriptor.digest);
  }
  void put_manifest(const layers::Document& document, const std::string& tag) override {
    keep(tag.empty() ? "manifest" : "tag " + tag, document.digest);
    const std::lock_guard lock(mutex);
    if (!tag.empty()) tags.insert_or_assign(tag, document.digest);
  }
  std::string host() const override { return {}; }
  std::string describe() const override { return "a fake"; }

  bool holds(const Digest& digest) {
    const std::lock_guard lock(mutex);
    ++questions;
    return held.contains(digest);
  }
  void keep(const std::string& kind, const Digest& digest) {
    const std::lock_guard lock(mutex);
    held.insert(digest);
    order.push_back(kind);
  }
  std::mutex mutex;
  std::map<std::string, Digest> tags;
  std::set<Digest> held;
  std::vector<std::string> order;
  std::optional<Digest> fail_on;
  int questions = 0;
};

class CopyTest : public PlaceTest {
 protected:
  FakeDestination to_;
};

TEST_F(CopyTest, WritesBlobsThenDocumentsThenTags) {
  auto image = make_index({"amd64", "arm64"});
  const auto result = copy(image, to_, {"a", "b"});
  EXPECT_EQ(to_.order.size(), 6U + 2U + 2U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(to_.order[i], "blob");
  EXPECT_EQ(to_.order[6] + to_.order[7], "manifestmanifest");
  EXPECT_EQ(to_.order[8] + ' ' + to_.order[9], "tag a tag b");
  EXPECT_EQ(result.blobs_sent, 6U);
  EXPECT_EQ(result.root.digest, image.root().digest);
}

TEST_F(CopyTest, NothingToDoAsksForTheTagsAlone) {
  auto image = make_index({"amd64", "arm64"});
  copy(image, to_, {"a", "b"});
  const auto before = to_.order.size();
  to_.questions = 0;
  const auto result = copy(image, to_, {"a", "b"});
  EXPECT_EQ(to_.questions, 2);
  EXPECT_EQ(to_.order.size(), before);
  EXPECT_EQ(result.blobs_sent + result.blobs_present, 0U);
}

TEST_F(CopyTest, Hostile155_AFailureMovesNoTag) {
  auto image = make_index({"amd64", "arm64"});
  const auto child = layers::parse_index(image.root(), "i").manifests[1];
  to_.fail_on = layers::parse_manifest(image.manifest(child), "m").layers[0].digest;
  const auto error =
      expect_error(ErrorKind::registry, "copying blob sha256:", [&] { copy(image, to_, {"a"}); });
  EXPECT_TRUE(to_.tags.empty());
  EXPECT_THAT(to_.order, testing::Each("blob"));
  to_.fail_on.reset();
  const auto held = to_.held.size();
  const auto result = copy(image, to_, {"a"});
  EXPECT_EQ(result.blobs_present, held);
  EXPECT_EQ(result.blobs_sent, 6U - held);
}

TEST_F(CopyTest, Hostile123_WhatTheSourceLacksIsNamed) {
  auto image = make_index({"amd64", "arm64"});
  const auto child = layers::parse_index(image.root(), "i").manifests[0];
  image.remove(child.digest);
  expect_error(ErrorKind::not_found, child.digest.text(), [&] { copy(image, to_, {"a"}); });
  EXPECT_TRUE(to_.order.empty());
  auto other = make_image();
  const auto layer = layers::parse_manifest(other.root(), "m").layers[0];
  other.remove(layer.digest);
  expect_error(ErrorKind::not_found, layer.digest.text(), [&] { copy(other, to_, {"a"}); });
  EXPECT_TRUE(to_.tags.empty());
}

TEST_F(CopyTest, Hostile119_OneLayerManyTimesIsSentOnce) {
  MemoryImage image;
  const auto config = image.add_blob(std::string(layers::media_type::oci_config), "{}");
  const auto layer = image.add_blob(std::string(layers::media_type::oci_layer), "");
  const auto document = layers::write_manifest(
      {std::string(layers::media_type::oci_manifest), config, std::vector(127, layer)});
  image.set_root(document);
  EXPECT_EQ(copy(image, to_, {"a"}).blobs_sent, 2U);
}

TEST_F(CopyTest, Hostile113_ForeignLayersStayWhereTheyAre) {
  MemoryImage image;
  const auto config = image.add_blob(std::string(layers::media_type::oci_config), "{}");
  layers::Descriptor foreign{"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", Digest::of("x"), 1};
  image.set_root(layers::write_manifest({std::string(layers::media_type::oci_manifest), config, {foreign}}));
  EXPECT_EQ(copy(image, to_, {"a"}).blobs_sent, 1U);
  EXPECT_THAT(
      reporter_.lines(),
      testing::Contains(testing::HasSubstr("note: layer " + std::string(foreign.digest.short_hex()))));
}

TEST_F(CopyTest, Hostile115_DocumentsAreCopiedByteForByte) {
  MemoryImage image;
  const auto config = image.add_blob("application/vnd.example.config", "not json");
  const std::string text = "{ \"schemaVersion\":2,\n \"x-unknown\": [1.50, null], \"mediaType\":\"" +
                           std::string(layers::media_type::oci_manifest) +
                           "\",\"artifactType\":\"a/b\",\"layers\":[],\"config\":" + to_json(config).dump() +
                           "}";
  image.set_root({std::string(layers::media_type::oci_manifest), text});
  const auto out = "oci:" + (path() / "out").string();
  copy(image, *destination(out), {"a"});
  EXPECT_EQ(source(out + ":a")->root().bytes, text);
}

TEST_F(CopyTest, Hostile121_NestedTooDeep) {
  MemoryImage image;
  auto document = add_image(image, "x");
  for (int depth = 0; depth < 8; ++depth) {
    document = layers::write_index({std::string(layers::media_type::oci_index), {document.descriptor()}});
    image.add_document(document);
  }
  image.set_root(document);
  EXPECT_EQ(copy(image, to_, {"a"}).blobs_sent, 3U);
  EXPECT_THAT(to_.order, testing::Contains("manifest").Times(8));
  document = layers::write_index({std::string(layers::media_type::oci_index), {document.descriptor()}});
  image.set_root(document);
  FakeDestination other;
  expect_error(ErrorKind::limit, "limit of 8", [&] { copy(image, other, {"a"}); });
}

TEST_F(CopyTest, ADocumentComesBeforeAllThatReferToIt) {
  MemoryImage image;
  const auto leaf = add_image(image, "x").descriptor();
  const auto inner = layers::write_index({std::string(layers::media_type::oci_index), {leaf}});
  image.add_document(inner);
  const auto outer =
      layers::write_index({std::string(layers::media_type::oci_index), {leaf, inner.descriptor()}});
  image.set_root(outer);
  const auto tree = registry::read_tree(image, outer, 2, {});
  ASSERT_EQ(tree.levels.size(), 3U);
  EXPECT_EQ(tree.levels[1][0].digest, inner.digest);
  EXPECT_EQ(tree.levels[2][0].digest, leaf.digest);
}

TEST_F(CopyTest, Hostile120_OneDigestHasOneSize) {
  MemoryImage image;
  const auto config = image.add_blob(std::string(layers::media_type::oci_config), "{}");
  auto one = image.add_blob(std::string(layers::media_type::oci_layer), "abc");
  const auto first = layers::write_manifest({std::string(layers::media_type::oci_manifest), config, {one}});
  one.size = 4;
  const auto second = layers::write_manifest({std::string(layers::media_type::oci_manifest), config, {one}});
  const auto index = layers::write_index(
      {std::string(layers::media_type::oci_index), {image.add_document(first), image.add_document(second)}});
  image.set_root(index);
  expect_error(ErrorKind::integrity, one.digest.text(), [&] { copy(image, to_, {"a"}); });
}

TEST_F(CopyTest, Hostile120_OneDigestOfTwoTypesIsAWarning) {
  MemoryImage image;
  const auto config = image.add_blob(std::string(layers::media_type::oci_config), "{}");
  auto one = image.add_blob(std::string(layers::media_type::oci_layer), "abc");
  auto other = one;
  other.media_type = "application/x-\x1b[31m";
  image.set_root(
      layers::write_manifest({std::string(layers::media_type::oci_manifest), config, {one, other, other}}));
  EXPECT_EQ(copy(image, to_, {"a"}).blobs_sent, 2U);
  EXPECT_THAT(reporter_.lines(), testing::Contains(testing::AllOf(testing::StartsWith("warn: "),
                                                                  testing::HasSubstr(one.digest.text()),
                                                                  testing::Not(testing::HasSubstr("\x1b"))))
                                     .Times(1));
}

TEST_F(CopyTest, ToManyReadsEachBlobOnce) {
  auto image = make_index({"amd64", "arm64"});
  std::vector<FakeDestination> places(3);
  std::vector<registry::CopyTarget> targets;
  for (auto& place : places) targets.push_back({&place, {"a"}});
  const auto outcomes = registry::copy_image_to_many(image, targets, {}, reporter_, {});
  EXPECT_EQ(image.opened(), 6U);
  for (std::size_t i = 0; i < places.size(); ++i) {
    EXPECT_EQ(outcomes[i].result->blobs_sent, 6U);
    EXPECT_EQ(places[i].tags.at("a"), image.root().digest);
  }
  EXPECT_THAT(reporter_.lines(), testing::Contains(testing::HasSubstr("to a fake: copied")).Times(12));
}

TEST_F(CopyTest, ToManyAFailureStaysWhereItIs) {
  auto image = make_index({"amd64", "arm64"});
  const auto child = layers::parse_index(image.root(), "i").manifests[1];
  std::vector<FakeDestination> places(3);
  copy(image, places[2], {"a"});
  const auto before = places[2].order.size();
  const auto opened = image.opened();
  places[0].fail_on = layers::parse_manifest(image.manifest(child), "m").layers[1].digest;
  const std::vector<registry::CopyTarget> targets = {
      {&places[0], {"a"}}, {&places[1], {"b"}}, {&places[2], {"a"}}};
  const auto outcomes = registry::copy_image_to_many(image, targets, {}, reporter_, {});
  EXPECT_FALSE(outcomes[0].result);
  expect_error(ErrorKind::registry, places[0].fail_on->text(),
               [&] { std::rethrow_exception(outcomes[0].failure); });
  EXPECT_TRUE(places[0].tags.empty());
  EXPECT_THAT(places[0].order, testing::Each("blob"));
  EXPECT_EQ(outcomes[1].result->blobs_sent, 6U);
  EXPECT_EQ(places[1].tags.at("b"), image.root().digest);
  EXPECT_EQ(places[2].order.size(), before);
  EXPECT_EQ(outcomes[2].result->root.digest, image.root().digest);
  EXPECT_LE(image.opened(), opened + 6);
}

TEST_F(CopyTest, ToManyASourceThatFailsMovesNoTagAnywhere) {
  auto image = make_image();
  image.remove(layers::parse_manifest(image.root(), "m").layers[0].digest);
  std::vector<FakeDestination> places(2);
  const std::vector<registry::CopyTarget> targets = {{&places[0], {"a"}}, {&places[1], {"a"}}};
  const auto outcomes = registry::copy_image_to_many(image, targets, {}, reporter_, {});
  for (std::size_t i = 0; i < 2; ++i) {
    expect_error(ErrorKind::not_found, "is not there", [&] { std::rethrow_exception(outcomes[i].failure); });
    EXPECT_TRUE(places[i].tags.empty());
  }
}

TEST_F(CopyTest, Hostile111_Sha512) {
  MemoryImage image;
  const auto sha512 = [](const std::string& text) {
    Hasher hasher(Digest::Algorithm::sha512);
    hasher.write(text);
    return hasher.finish();
  };
  const auto config = image.add_blob(std::string(layers::media_type::oci_config), "{}");
  layers::Descriptor layer{std::string(layers::media_type::oci_layer), sha512("layer"), 5};
  image.corrupt(layer.digest, "layer");
  const auto plain = layers::write_manifest({std::string(layers::media_type::oci_manifest), config, {layer}});
  const layers::Document child(plain.media_type, plain.bytes, sha512(plain.bytes));
  image.add_document(child);
  const auto index = layers::write_index({std::string(layers::media_type::oci_index), {child.descriptor()}});
  image.set_root({index.media_type, index.bytes, sha512(index.bytes)});
  FakeRegistry registry;
  const auto out = "oci:" + (path() / "out").string();
  copy(image, *destination(registry.host() + "/a"), {"1"});
  const auto by_digest = "@" + image.root().digest.text();
  copy(*source(registry.host() + "/a" + by_digest), *destination(out), {"1"});
  copy(*source(out + ":1" + by_digest), *destination(registry.host() + "/b"), {"1"});
  for (const auto& place :
       {registry.host() + "/a" + by_digest, out + by_digest, registry.host() + "/b" + by_digest}) {
    const auto from = source(place);
    const auto children = layers::parse_index(from->root(), "i").manifests;
    const auto manifest = layers::parse_manifest(from->manifest(children.at(0)), "m");
    EXPECT_EQ(read_blob(*from, manifest.layers.at(0)), "layer") << place;
  }
  image.corrupt(layer.digest, "LAYER");
  FakeRegistry other;
  EXPECT_THROW(copy(image, *destination(other.host() + "/a"), {"1"}), Error);
  EXPECT_FALSE(other.tag("a", "1"));
}

TEST_F(CopyTest, Hostile200_AFailedCopyLeavesNoEmptyLayout) {
  MemoryImage empty;
  const auto out = path() / "out";
  const auto to = destination("oci:" + out.string());
  expect_error(ErrorKind::not_found, "no root", [&] { copy(empty, *to, {"a"}); });
  EXPECT_FALSE(std::filesystem::exists(out));
  // What can never hold a layout is told at once.
  write_file(path() / "file", "x", AtomicFile::Durability::content);
  expect_error(ErrorKind::usage, "file", [&] { destination("oci:" + (path() / "file").string()); });
}

TEST_F(CopyTest, Hostile195_ABrokenStoreSaysWhatToDo) {
  auto image = make_image();
  copy(image, *destination("local:shop"), {"1"});
  write_file(path() / "store/oci-layout", "junk", AtomicFile::Durability::content);
  for (const bool reading : {true, false}) {
    const auto error = expect_error(ErrorKind::integrity, "oci-layout", [&] {
      if (reading)
        source("local:shop:1");
      else
        destination("local:shop");
    });
    ASSERT_EQ(error.hints().size(), 1U);
    EXPECT_THAT(error.hints()[0], testing::HasSubstr("whittle's own store"));
  }
}

TEST_F(CopyTest, OnePlatformIsItsManifest) {
  auto image = make_index({"amd64", "arm64", "arm"});
  const auto result = copy(image, to_, {"a"}, {Platform::parse("linux/arm64")});
  EXPECT_EQ(result.root.digest, layers::parse_index(image.root(), "i").manifests[1].digest);
  EXPECT_EQ(result.blobs_sent, 3U);
}

TEST_F(CopyTest, SeveralPlatformsAreAnIndexOfThose) {
  auto image = make_index({"amd64", "arm64", "riscv64"});
  const auto children = layers::parse_index(image.root(), "i").manifests;
  const auto result =
      copy(image, to_, {"a"}, {Platform::parse("linux/riscv64"), Platform::parse("linux/amd64")});
  const auto index = layers::parse_index(result.root, "i");
  ASSERT_EQ(index.manifests.size(), 2U);
  EXPECT_EQ(index.manifests[0].digest, children[0].digest);
  EXPECT_EQ(index.manifests[1].digest, children[2].digest);
  EXPECT_EQ(result.blobs_sent, 6U);
  FakeDestination other;
  const auto all = copy(
      image, other, {"a"},
      {Platform::parse("linux/amd64"), Platform::parse("linux/arm64"), Platform::parse("linux/riscv64")});
  EXPECT_EQ(all.root.bytes, image.root().bytes);
}

TEST_F(CopyTest, Hostile121_AttestationsFollowTheirImage) {
  MemoryImage image;
  layers::Index index{std::string(layers::media_type::oci_index), {}};
  for (const std::string architecture : {"amd64", "arm64"}) {
    auto child = add_image(image, architecture, architecture).descriptor();
    child.platform = Platform::normal("linux", architecture, "");
    auto attestation = add_image(image, architecture + " attestation").descriptor();
    attestation.platform = Platform::normal("unknown", "unknown", "");
    attestation.annotations["vnd.docker.reference.digest"] = child.digest.text();
    index.manifests.push_back(child);
    index.manifests.push_back(attestation);
  }
  index.manifests.push_back(index.manifests[0]);
  image.set_root(layers::write_index(index));
  const std::vector<Platform> wanted = {Platform::parse("linux/amd64"), Platform::parse("linux/amd64")};
  const auto chosen = layers::parse_index(registry::choose_platforms(image, image.root(), wanted), "i");
  ASSERT_EQ(chosen.manifests.size(), 3U);
  EXPECT_EQ(chosen.manifests[1].digest, index.manifests[1].digest);
  expect_error(ErrorKind::not_found, "unknown/unknown", [&] {
    registry::choose_platforms(image, image.root(), {Platform::normal("unknown", "unknown", "")});
  });
}

TEST_F(CopyTest, Hostile122_AnAbsentPlatformIsNamedWithThoseThereAre) {
  auto image = make_index({"amd64", "arm64"});
  const auto error = expect_error(ErrorKind::not_found, "linux/riscv64",
                                  [&] { copy(image, to_, {"a"}, {Platform::parse("linux/riscv64")}); });
  EXPECT_THAT(error.hints()[0], testing::HasSubstr("linux/amd64, linux/arm64"));
  // Defaults of variants count on both sides.
  copy(image, to_, {"a"}, {Platform::parse("linux/arm64/v8")});
}

TEST_F(CopyTest, Hostile122_ASingleImageMustBeOfThePlatform) {
  auto image = make_image();
  copy(image, to_, {"a"}, {Platform::parse("linux/amd64")});
  expect_error(ErrorKind::not_found, "linux/arm64",
               [&] { copy(image, to_, {"b"}, {Platform::parse("linux/arm64")}); });
}

TEST_F(CopyTest, Hostile225_StopsWhenAsked) {
  auto image = make_image();
  std::stop_source stop;
  stop.request_stop();
  expect_error(ErrorKind::interrupted, "interrupted",
               [&] { registry::copy_image(image, to_, {{"a"}}, reporter_, stop.get_token()); });
  EXPECT_TRUE(to_.order.empty());
}

TEST_F(CopyTest, EachLayerThatIsSentIsATask) {
  auto image = make_image();
  copy(image, to_, {"a"});
  EXPECT_THAT(reporter_.lines(), testing::Contains(testing::EndsWith(": copied")).Times(2));
}

// Each type belongs to the document it is written in: nothing is translated on the way.
TEST_F(CopyTest, Hostile126_DockerAndOciTypesInOneImage) {
  MemoryImage image;
  layers::Manifest manifest{std::string(layers::media_type::oci_manifest),
                            image.add_blob("application/vnd.docker.container.image.v1+json", "{}"),
                            {image.add_blob("application/vnd.docker.image.rootfs.diff.tar.gzip", "docker's"),
                             image.add_blob(std::string(layers::media_type::oci_layer), "oci's")}};
  const auto child = layers::write_manifest(manifest);
  image.add_document(child);
  auto entry = child.descriptor();
  entry.platform = layers::Platform::normal("linux", "amd64", "");
  const auto index =
      layers::write_index({"application/vnd.docker.distribution.manifest.list.v2+json", {std::move(entry)}});
  image.add_document(index);
  image.set_root(index);
  const auto layout = "oci:" + (path() / "mixed").native() + ":v";
  copy(image, *destination(layout), {"v"});
  const auto from = source(layout);
  EXPECT_EQ(from->root().bytes, index.bytes);
  EXPECT_EQ(from->manifest(child.descriptor()).bytes, child.bytes);
}

// An index that holds itself cannot be made, for its digest would have to be in it: what says so lies, and
// the digest of what is there shows it.
TEST_F(CopyTest, Hostile127_ALayoutWhoseIndexClaimsToHoldItself) {
  const auto folder = path() / "loop";
  const auto layout = "oci:" + folder.native() + ":v";
  auto image = make_index({"amd64"});
  copy(image, *destination(layout), {"v"});
  auto index = layers::parse_index(image.root(), "the index");
  index.manifests.push_back(image.root().descriptor());
  const auto looped = layers::write_index(index);
  write_file(folder / "blobs/sha256" / image.root().digest.hex(), looped.bytes,
             AtomicFile::Durability::content);
  expect_error(ErrorKind::integrity, image.root().digest.text(), [&] { copy(*source(layout), to_, {"v"}); });
}

// A place that checks nothing would lead in circles.
TEST_F(CopyTest, Hostile127_TwoIndexesThatNameEachOther) {
  MemoryImage image;
  // The digests are of other bytes, as they would have to be.
  const auto one = image.add_blob(std::string(layers::media_type::oci_index), "1");
  layers::Index second{std::string(layers::media_type::oci_index), {one}};
  const auto two = layers::write_index(second);
  image.add_document(two);
  layers::Index first{std::string(layers::media_type::oci_index), {two.descriptor()}};
  image.corrupt(one.digest, layers::write_index(first).bytes);
  image.set_root(two);
  expect_error(ErrorKind::limit, "", [&] { copy(image, to_, {"v"}); });
}

TEST_F(CopyTest, Hostile172_WorkersThatWantOneBlobReadItOnce) {
  MemoryImage image;
  layers::Index index{std::string(layers::media_type::oci_index), {}};
  const auto shared = image.add_blob(std::string(layers::media_type::oci_layer), std::string(200'000, 's'));
  for (const char* architecture : {"amd64", "arm64", "riscv64", "s390x"}) {
    const auto config = image.add_blob(std::string(layers::media_type::oci_config),
                                       std::string("{\"a\":\"") + architecture + "\"}");
    auto child =
        layers::write_manifest({std::string(layers::media_type::oci_manifest), config, {shared, shared}});
    image.add_document(child);
    auto entry = child.descriptor();
    entry.platform = layers::Platform::normal("linux", architecture, "");
    index.manifests.push_back(std::move(entry));
  }
  const auto root = layers::write_index(index);
  image.add_document(root);
  image.set_root(root);
  jobs_ = 16;
  const auto before = image.opened();
  EXPECT_EQ(copy(image, to_, {"a"}).blobs_sent, 5U);
  EXPECT_EQ(image.opened() - before, 5U);
}

// Two processes do not know of each other: each fetches, and one of the two files stays (hostile 207 is about
// that).
TEST_F(CopyTest, Hostile172_ProcessesThatWantOneBlob) {
  GTEST_SKIP() << "transfers are not shared between processes: each process makes its own";
}

// Tags are never listed: places name them.
TEST(TagList, Hostile156_IsNeverAskedFor) {
  GTEST_SKIP() << "no command asks a registry for its list of tags; Link and its limits are tested with "
                  "referrers (158)";
}

}  // namespace
}  // namespace whittle::test
