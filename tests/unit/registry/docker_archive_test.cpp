#include "registry/docker_archive.hpp"

#include "tests/unit/registry/archive_helpers.hpp"

namespace whittle::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What `docker save` wrote before Docker 25: a folder for each layer, and no manifest of the image.
struct OldArchive {
  std::vector<std::string> layers = {"layer one", "layer two"};
  std::string names = R"(["shop/api:1.4"])";
  std::string config = config_text(layers);

  std::string config_path() const { return std::string(Digest::of(config).hex()) + ".json"; }
  std::string item(const std::string& config_name, const std::string& paths) const {
    return R"({"Config":")" + config_name + R"(","RepoTags":)" + names + R"(,"Layers":[)" + paths + "]}";
  }
  std::string paths() const {
    std::string list;
    for (std::size_t i = 0; i < layers.size(); ++i)
      list += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "/layer.tar\"";
    return list;
  }
  HostileTar tar(const std::string& manifest) const {
    HostileTar tar;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const auto folder = std::to_string(i) + '/';
      tar.add({folder, {}, '5'}).file(folder + "VERSION", "1.0").file(folder + "json", "{}");
      tar.file(folder + "layer.tar", layers[i]);
    }
    tar.file(config_path(), config).file("manifest.json", manifest);
    return tar.file("repositories", R"({"shop/api":{"1.4":"1"}})");
  }
  HostileTar tar() const { return tar("[" + item(config_path(), paths()) + "]"); }
};

class DockerArchiveTest : public ArchivePlaceTest {
 protected:
  std::unique_ptr<registry::ImageSource> reading(const HostileTar& tar, const std::string& rest = {}) {
    write(tar.text());
    return source(place("docker-archive", rest));
  }
  Error refused(ErrorKind kind, const std::string& part, const HostileTar& tar,
                const std::string& rest = {}) {
    return expect_error(kind, part, [&] { reading(tar, rest)->root(); });
  }
  void copy_to(registry::ImageSource& image, const std::string& rest = {},
               std::vector<std::string> tags = {"1.4"}, std::vector<layers::Platform> platforms = {}) {
    const auto out = destination(place("docker-archive", rest));
    copy(image, *out, std::move(tags), std::move(platforms));
  }
};

TEST_F(DockerArchiveTest, IsALayoutWithAManifestJson) {
  auto image = runnable();
  const auto manifest = layers::parse_manifest(image.root(), "manifest");
  copy_to(image, ":shop/api:1.4");
  const auto items = Json::parse(member("manifest.json"));
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0]["Config"], "blobs/sha256/" + std::string(manifest.config.digest.hex()));
  EXPECT_EQ(items[0]["RepoTags"], Json::array({"shop/api:1.4"}));
  EXPECT_EQ(items[0]["Layers"][1], "blobs/sha256/" + std::string(manifest.layers[1].digest.hex()));
  const auto entry = Json::parse(member("index.json"))["manifests"][0];
  EXPECT_EQ(entry["digest"], image.root().digest.text());
  EXPECT_EQ(entry["annotations"]["io.containerd.image.name"], "docker.io/shop/api:1.4");
  EXPECT_EQ(entry["annotations"]["org.opencontainers.image.ref.name"], "1.4");
  expect_holds(*source(place("docker-archive")), image);
  expect_holds(*source(place("docker-archive", ":docker.io/shop/api:1.4")), image);
  expect_holds(*source(place("oci-archive", ":1.4")), image);
  EXPECT_THAT(reporter_.lines(), testing::Not(testing::Contains(HasSubstr("manifest: one was made"))));
  EXPECT_THAT(names_in_folder(), ElementsAre("image.tar"));
}

TEST_F(DockerArchiveTest, NamesAreDockersOwn) {
  auto image = runnable();
  const auto names = [&] { return Json::parse(member("manifest.json"))[0]["RepoTags"]; };
  copy_to(image, ":api", {"1", "latest"});
  EXPECT_EQ(names(), Json::array({"api:1", "api:latest"}));
  copy_to(image, ":localhost:5000/shop/api");
  EXPECT_EQ(names(), Json::array({"localhost:5000/shop/api:1.4"}));
  copy_to(image);
  EXPECT_EQ(names(), Json::array());
  expect_holds(*source(place("docker-archive")), image);
}

TEST_F(DockerArchiveTest, HoldsOnePlatform) {
  MemoryImage image;
  layers::Index index{std::string(layers::media_type::oci_index), {}};
  for (const std::string architecture : {"amd64", "arm64"}) {
    auto descriptor = add_runnable(image, {architecture}, true, architecture).descriptor();
    descriptor.platform = layers::Platform::normal("linux", architecture, "");
    index.manifests.push_back(descriptor);
  }
  const auto document = layers::write_index(index);
  image.add_document(document);
  image.set_root(document);
  const auto error = expect_error(ErrorKind::usage, "one platform", [&] { copy_to(image); });
  EXPECT_THAT(error.hints().front(), HasSubstr("linux/amd64, linux/arm64"));
  EXPECT_THAT(names_in_folder(), IsEmpty());  // nothing was sent before
  copy_to(image, ":api:1", {"1"}, {layers::Platform::parse("linux/arm64")});
  EXPECT_EQ(source(place("docker-archive"))->root().digest, index.manifests[1].digest);
}

TEST_F(DockerArchiveTest, RefusesWhatDockerCouldNotRun) {
  auto image = make_image();  // its configuration has no diffIDs
  expect_error(ErrorKind::unsupported, "0 diffIDs", [&] { copy_to(image); });
  EXPECT_THAT(names_in_folder(), IsEmpty());
}

TEST_F(DockerArchiveTest, ReadsTheOldForm) {
  const OldArchive old;
  const auto image = reading(old.tar());
  const auto root = image->root();
  EXPECT_EQ(root.media_type, layers::media_type::oci_manifest);
  const auto manifest = layers::parse_manifest(root, "manifest");
  EXPECT_EQ(read_blob(*image, manifest.config), old.config);
  ASSERT_EQ(manifest.layers.size(), 2U);
  EXPECT_EQ(manifest.layers[0].media_type, layers::media_type::oci_layer);
  EXPECT_EQ(manifest.layers[0].digest, Digest::of("layer one"));
  EXPECT_EQ(read_blob(*image, manifest.layers[1]), "layer two");
  EXPECT_THAT(reporter_.lines(),
              testing::Contains(HasSubstr("holds no manifest: one was made, " + root.digest.text())));
  // The same archive gives the same manifest, and it can be asked for by digest.
  EXPECT_EQ(source(place("docker-archive", "@" + root.digest.text()))->root().bytes, root.bytes);
  expect_error(ErrorKind::not_found, "is not in",
               [&] { source(place("docker-archive", "@" + Digest::of("x").text()))->root(); });
}

TEST_F(DockerArchiveTest, TheOldFormGoesIntoALayoutAndBack) {
  const auto image = reading(OldArchive().tar());
  auto layout = destination("oci:" + (path() / "layout").native());
  copy(*image, *layout, {"1"});
  const auto again = source("oci:" + (path() / "layout").native());
  copy_to(*again, ":shop/api:1.4");
  expect_holds(*source(place("docker-archive", ":shop/api:1.4")), *again);
}

TEST_F(DockerArchiveTest, LayersStayCompressedAsTheyAre) {
  OldArchive old;
  const auto first = gzipped(old.layers[0]);
  old.layers[0] = first;  // stored so; the configuration still states the diffID
  const auto image = reading(old.tar());
  const auto manifest = layers::parse_manifest(image->root(), "manifest");
  EXPECT_EQ(manifest.layers[0].media_type, layers::media_type::oci_layer_gzip);
  EXPECT_EQ(manifest.layers[0].digest, Digest::of(first));
  EXPECT_EQ(read_blob(*image, manifest.layers[0]), first);
  old.layers[0] = gzipped("another");
  refused(ErrorKind::integrity, "unpacks to " + Digest::of("another").text(), old.tar());
}

TEST_F(DockerArchiveTest, PlainLayersAreVerifiedWhenTheyAreRead) {
  OldArchive old;
  old.layers[0] = "layer 0ne";
  const auto image = reading(old.tar());
  const auto manifest = layers::parse_manifest(image->root(), "manifest");
  expect_error(ErrorKind::integrity, Digest::of("layer one").text(),
               [&] { read_blob(*image, manifest.layers[0]); });
}

TEST_F(DockerArchiveTest, TheOldFormLinksEqualLayers) {
  OldArchive old;
  old.layers = {"layer one", "layer one"};
  old.config = config_text(old.layers);
  const HostileTar tar = HostileTar()
                             .file("0/layer.tar", "layer one")
                             .link("1/layer.tar", "../0/layer.tar")
                             .file(old.config_path(), old.config)
                             .file("manifest.json", "[" + old.item(old.config_path(), old.paths()) + "]");
  const auto image = reading(tar);
  const auto manifest = layers::parse_manifest(image->root(), "manifest");
  EXPECT_EQ(manifest.layers[0].digest, manifest.layers[1].digest);
  EXPECT_EQ(read_blob(*image, manifest.layers[1]), "layer one");
}

TEST_F(DockerArchiveTest, Hostile201_ManifestJson) {
  const OldArchive old;
  const auto error = refused(ErrorKind::integrity, "is missing", HostileTar().file("x", "y"));
  EXPECT_THAT(error.hints().front(), HasSubstr("oci-archive:"));
  refused(ErrorKind::limit, "limit of 1048576", old.tar("[" + std::string(1U << 20U, ' ') + "]"));
  refused(ErrorKind::integrity, "", old.tar("[{]"));
  refused(ErrorKind::integrity, "not a list", old.tar("{}"));
  refused(ErrorKind::not_found, "there is no image", old.tar("[]"));
  refused(ErrorKind::integrity, "Config", old.tar(R"([{"Layers":[]}])"));
  refused(ErrorKind::integrity, "Layers", old.tar(R"([{"Config":"x","Layers":"y"}])"));
  refused(ErrorKind::integrity, "names 1 layers, the image's configuration 2",
          old.tar("[" + old.item(old.config_path(), R"("0/layer.tar")") + "]"));
}

TEST_F(DockerArchiveTest, Hostile201_PathsAreResolvedInTheArchive) {
  const OldArchive old;
  const auto with = [&](const std::string& config, const std::string& layer) {
    return old.tar("[" + old.item(config, R"("0/layer.tar",")" + layer + "\"") + "]");
  };
  refused(ErrorKind::integrity, "leads out", with("../../etc/passwd", "1/layer.tar"));
  refused(ErrorKind::integrity, "leads out", with(old.config_path(), "../../etc/passwd"));
  refused(ErrorKind::integrity, "is missing", with("/etc/passwd", "1/layer.tar"));
  refused(ErrorKind::integrity, "is missing", with(old.config_path(), "absent/layer.tar"));
  refused(ErrorKind::integrity, "not a regular file", with(old.config_path(), "1"));
  refused(ErrorKind::integrity, "more than 40", with(old.config_path(), "loop").link("loop", "loop"));
  refused(ErrorKind::integrity, "is missing", with(old.config_path(), "out").link("out", "/etc/passwd"));
  refused(ErrorKind::integrity, "there twice",
          with(old.config_path(), "1/layer.tar").file("1/layer.tar", "x"));
  EXPECT_EQ(layers::parse_manifest(reading(with("/x/../" + old.config_path(), "./1//layer.tar"))->root(),
                                   "manifest")
                .layers.size(),
            2U);
}

TEST_F(DockerArchiveTest, Hostile201_SeveralImages) {
  OldArchive one;
  OldArchive two;
  two.config.insert(1, R"("author":"x",)");
  two.names = R"(["localhost:5000/web:2", "web"])";
  const auto manifest = [&] {
    return "[" + one.item(one.config_path(), one.paths()) + "," + two.item(two.config_path(), two.paths()) +
           "]";
  };
  const auto tar = [&] { return one.tar(manifest()).file(two.config_path(), two.config); };
  const auto error = refused(ErrorKind::usage, "several images", tar());
  EXPECT_THAT(error.hints().front(), HasSubstr("shop/api:1.4, localhost:5000/web:2"));
  const auto config_of = [&](const std::string& rest) {
    const auto image = reading(tar(), rest);
    return read_blob(*image, layers::parse_manifest(image->root(), "manifest").config);
  };
  EXPECT_EQ(config_of(":shop/api:1.4"), one.config);
  EXPECT_EQ(config_of(":docker.io/shop/api:1.4"), one.config);
  EXPECT_EQ(config_of(":localhost:5000/web:2"), two.config);
  EXPECT_EQ(config_of(":web"), two.config);
  refused(ErrorKind::not_found, "there is no image", tar(), ":shop/api");
  one.names = "null";
  two.names = "null";
  refused(ErrorKind::usage, "several images", tar());
  one.names = R"(["NOT A NAME"])";
  refused(ErrorKind::not_found, "there is no image", tar(), ":web");
}

TEST_F(DockerArchiveTest, AConfigurationIsNamedByItsDigest) {
  const OldArchive old;
  const auto wrong = std::string(64, 'a') + ".json";
  auto tar = old.tar("[" + old.item(wrong, old.paths()) + "]");
  refused(ErrorKind::integrity, "has the digest", tar.file(wrong, old.config));
}

TEST_F(DockerArchiveTest, ManifestAndLayoutMustAgree) {
  auto image = runnable({"layer one", "layer two"}, false);
  auto files = layout_entries(image);
  const auto manifest = layers::parse_manifest(image.root(), "manifest");
  const auto path = [](const Digest& digest) { return "blobs/sha256/" + std::string(digest.hex()); };
  const auto with = [&](const std::string& first, const std::string& second) {
    files["manifest.json"] = canonical(Json::array({Json{
        {"Config", path(manifest.config.digest)}, {"RepoTags", nullptr}, {"Layers", {first, second}}}}));
    return tar_of(files);
  };
  const auto one = path(manifest.layers[0].digest);
  const auto two = path(manifest.layers[1].digest);
  expect_holds(*reading(with(one, two)), image);
  refused(ErrorKind::integrity, "different layers", with(two, one));
  files["evil"] = "evil";
  refused(ErrorKind::integrity, "different layers", with(one, "evil"));
  // A layout that does not know the image leaves it without a manifest, as before Docker 25.
  files["index.json"] = R"({"schemaVersion":2,"manifests":[]})";
  EXPECT_EQ(layers::parse_manifest(reading(with(one, two))->root(), "manifest").layers.size(), 2U);
}

TEST_F(DockerArchiveTest, OfAnIndexTheImageThatIsThere) {
  auto image = runnable();
  auto files = layout_entries(image);
  const auto manifest = layers::parse_manifest(image.root(), "manifest");
  layers::Index index{std::string(layers::media_type::oci_index), {image.root().descriptor()}};
  index.manifests.push_back(image.root().descriptor());
  index.manifests.back().digest = Digest::of("a platform that was not saved");
  std::swap(index.manifests[0], index.manifests[1]);
  const auto document = layers::write_index(index);
  const auto path = [](const Digest& digest) { return "blobs/sha256/" + std::string(digest.hex()); };
  files[path(document.digest)] = document.bytes;
  files["index.json"] =
      canonical({{"schemaVersion", 2}, {"manifests", Json::array({to_json(document.descriptor())})}});
  files["manifest.json"] = canonical(
      Json::array({Json{{"Config", path(manifest.config.digest)},
                        {"Layers", {path(manifest.layers[0].digest), path(manifest.layers[1].digest)}}}}));
  expect_holds(*reading(tar_of(files)), image);
}

}  // namespace
}  // namespace whittle::test
