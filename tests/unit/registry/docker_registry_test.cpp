// Against a real registry, looked at with skopeo.
#include "tests/support/docker_registry.hpp"

#include <fstream>

#include "common/base64.hpp"
#include "common/json.hpp"
#include "registry/layout.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool under_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool under_sanitizer = true;
#else
constexpr bool under_sanitizer = false;
#endif
#else
constexpr bool under_sanitizer = false;
#endif

class DockerRegistryTest : public PlaceTest {
 protected:
  void SetUp() override {
    if (!DockerRegistry::available()) GTEST_SKIP() << "docker-registry is not installed";
    if (!skopeo_available()) GTEST_SKIP() << "skopeo is not installed";
  }
  static std::string inspect(const std::string& place) {
    return skopeo({"inspect", "--raw", "--tls-verify=false", "docker://" + place});
  }
  // Bytes of "VmHWM" or "VmRSS" of this process.
  static std::size_t memory(const std::string& field) {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line))
      if (line.starts_with(field)) return std::stoul(line.substr(field.size() + 1)) * 1024;
    return 0;
  }
};

TEST_F(DockerRegistryTest, PushesAndPullsAnIndex) {
  const DockerRegistry registry;
  auto image = make_index({"amd64", "arm64"});
  const auto place = registry.host() + "/shop/api";
  EXPECT_EQ(copy(image, *destination(place), {"1", "latest"}).blobs_sent, 6U);
  EXPECT_EQ(inspect(place + ":latest"), image.root().bytes);
  skopeo({"copy", "--all", "--preserve-digests", "--src-tls-verify=false", "docker://" + place + ":1",
          "oci:" + (path() / "by-skopeo").string() + ":x"});
  EXPECT_EQ(source("oci:" + (path() / "by-skopeo").string() + ":x")->root().bytes, image.root().bytes);
  copy(*source(place + ":1"), *destination("oci:" + (path() / "ours").string()), {"x"});
  EXPECT_EQ(source("oci:" + (path() / "ours").string() + ":x")->root().bytes, image.root().bytes);
  // Again: nothing moves. To another repository: everything is mounted.
  EXPECT_EQ(copy(image, *destination(place), {"1", "latest"}).blobs_present, 0U);
  const auto mounted = copy(*source(place + ":1"), *destination(registry.host() + "/shop/other"), {"1"});
  EXPECT_EQ(mounted.blobs_mounted, 6U);
  EXPECT_EQ(inspect(registry.host() + "/shop/other:1"), image.root().bytes);
}

TEST_F(DockerRegistryTest, ReadsWhatSkopeoPushed) {
  const DockerRegistry registry;
  auto image = make_index({"amd64", "arm64"});
  copy(image, *destination("oci:" + (path() / "ours").string()), {"x"});
  const auto place = registry.host() + "/a/b:1";
  skopeo({"copy", "--all", "--preserve-digests", "--dest-tls-verify=false",
          "oci:" + (path() / "ours").string() + ":x", "docker://" + place});
  EXPECT_EQ(source(place)->root().bytes, image.root().bytes);
  copy(*source(place), *destination("local:back"), {"latest"}, {layers::Platform::parse("linux/arm64")});
  EXPECT_TRUE(layers::media_type::is_manifest(source("local:back")->root().media_type));
}

TEST_F(DockerRegistryTest, LogsIn) {
  if (!DockerRegistry::logins_available()) GTEST_SKIP() << "htpasswd is not installed";
  const DockerRegistry registry(RegistryLogin{"user", "pass:word"});
  auto image = make_image();
  const auto place = registry.host() + "/shop/api";
  const auto error =
      expect_error(ErrorKind::auth, "wants a login", [&] { copy(image, *destination(place), {"1"}); });
  EXPECT_THAT(error.hints()[0], testing::HasSubstr("docker login " + registry.host()));
  write_config(R"({"auths":{")" + registry.host() + R"(":{"auth":")" + base64_encoded("user:pass:word") +
               R"("}}})");
  registry::Access logged_in(options(), reporter_, {});
  const auto to = logged_in.destination(registry::Place::parse(place));
  EXPECT_EQ(copy(image, *to, {"1"}).blobs_sent, 3U);
  EXPECT_EQ(skopeo({"inspect", "--raw", "--tls-verify=false", "--creds=user:pass:word",
                    "docker://" + place + ":1"}),
            image.root().bytes);
}

TEST_F(DockerRegistryTest, Hostile228_ALargeBlobTakesLittleMemory) {
  const DockerRegistry registry;
  constexpr std::uint64_t size = 256U << 20U;
  auto layout = registry::Layout::open_or_create(path() / "large", AtomicFile::Durability::content);
  const std::vector<std::byte> chunk(1U << 20U, std::byte{7});
  const auto stored = layout.put_blob([&](ByteSink& sink) {
    for (std::uint64_t written = 0; written < size; written += chunk.size()) sink.write(chunk);
  });
  layout.put_blob("{}", Digest::of("{}"));
  const auto document =
      layers::write_manifest({std::string(layers::media_type::oci_manifest),
                              {std::string(layers::media_type::oci_config), Digest::of("{}"), 2},
                              {{std::string(layers::media_type::oci_layer), stored.digest, stored.size}}});
  layout.put_blob(document.bytes, document.digest);
  layout.set("1", document.descriptor());
  const auto before = memory("VmRSS:");
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
  copy(*source("oci:" + (path() / "large").string() + ":1"), *destination(registry.host() + "/large"), {"1"});
  copy(*source(registry.host() + "/large:1"), *destination("oci:" + (path() / "back").string()), {"1"});
  copy(*source(registry.host() + "/large:1"), *destination("local:large"), {"1"});
  const auto peak = memory("VmHWM:");
  EXPECT_TRUE(registry::Layout::open(path() / "back").has_blob(stored.digest, size));
  if (under_sanitizer) GTEST_SKIP() << "a sanitizer's own memory hides ours; the copies themselves went well";
  EXPECT_LT(peak, before + (32U << 20U));
}

}  // namespace
}  // namespace whittle::test
