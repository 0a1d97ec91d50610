// What belongs to an image travels with it when asked for: between memory, registries of both kinds and
// layouts.
#include "registry/attachments.hpp"

#include "common/json.hpp"
#include "registry/referral.hpp"
#include "tests/support/fake_registry.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class AttachmentsTest : public PlaceTest {
 protected:
  AttachmentsTest() {
    child_ = layers::parse_index(image_.root(), "i").manifests[1].digest;
    signature_ = attach(image_, image_.root().digest, "signature").digest;
    of_child_ = attach(image_, child_, "sbom").digest;
    of_signature_ = attach(image_, signature_, "countersignature").digest;
    image_.set_tag(cosign_tag_, cosign_);
  }
  static std::vector<Digest> digests(const std::vector<layers::Descriptor>& list) {
    std::vector<Digest> result;
    for (const auto& one : list) result.push_back(one.digest);
    return result;
  }
  // All that belongs to the image is there, and whole.
  void expect_all(const std::string& place) {
    const auto from = source(place);
    EXPECT_THAT(digests(from->referrers(image_.root().digest)), UnorderedElementsAre(signature_));
    EXPECT_THAT(digests(from->referrers(child_)), UnorderedElementsAre(of_child_));
    const auto listed = from->referrers(signature_);
    ASSERT_THAT(digests(listed), UnorderedElementsAre(of_signature_));
    EXPECT_EQ(listed[0].artifact_type, "application/vnd.example.signature");
    EXPECT_EQ(listed[0].annotations.at("note"), "countersignature");
    const auto layer = layers::parse_manifest(from->manifest(listed[0]), "m").layers[0];
    EXPECT_EQ(read_blob(*from, layer), "data of countersignature");
    EXPECT_EQ(from->tagged(cosign_tag_)->digest, cosign_.digest);
    EXPECT_FALSE(from->tagged("absent"));
  }
  std::string oci(const std::string& name) const { return "oci:" + (path() / name).string(); }

  MemoryImage image_ = make_index({"amd64", "arm64"});
  Digest child_ = Digest::of("");
  Digest signature_ = child_;
  Digest of_child_ = child_;
  Digest of_signature_ = child_;
  layers::Document cosign_ = add_image(image_, "cosign's");
  std::string cosign_tag_ = registry::referrers_tag(image_.root().digest) + ".sig";
  FakeRegistry registry_;
  FakeRegistry other_;
};

TEST_F(AttachmentsTest, Hostile253_TravelThroughEveryKindOfPlace) {
  other_.serve_referrers();
  EXPECT_EQ(copy_all(image_, *destination(registry_.host() + "/a/b"), "1").attachments, 4U);
  expect_all(registry_.host() + "/a/b:1");
  EXPECT_TRUE(registry_.tag("a/b", registry::referrers_tag(signature_)));
  copy_all(*source(registry_.host() + "/a/b:1"), *destination(oci("one")), "1");
  expect_all(oci("one") + ":1");
  copy_all(*source(oci("one") + ":1"), *destination(other_.host() + "/c/d"), "1");
  expect_all(other_.host() + "/c/d:1");
  EXPECT_FALSE(other_.tag("c/d", registry::referrers_tag(signature_)));
  copy_all(*source(other_.host() + "/c/d:1"), *destination("local:shop"), "1");
  expect_all("local:shop:1");
}

TEST_F(AttachmentsTest, Hostile253_WithoutBeingAskedNothingIsLookedFor) {
  copy_all(image_, *destination(registry_.host() + "/a/b"), "1");
  const auto before = registry_.server().log().size();
  copy(*source(registry_.host() + "/a/b:1"), *destination(oci("one")), {"1"});
  EXPECT_EQ(registry_.server().log().size(), before + 1 + 2 + 6);
  EXPECT_TRUE(source(oci("one") + ":1")->referrers(image_.root().digest).empty());
  EXPECT_FALSE(source(oci("one") + ":1")->tagged(cosign_tag_));
}

TEST_F(AttachmentsTest, AreAddedToAnImageThatIsThere) {
  copy(image_, *destination(registry_.host() + "/a/b"), {"1"});
  const auto result = copy_all(image_, *destination(registry_.host() + "/a/b"), "1");
  EXPECT_EQ(registry_.count("PUT", "/manifests/1"), 1U);
  EXPECT_EQ(result.blobs_sent, 1U + 3U + 3U);  // one configuration for all, data of three, and cosign's
  expect_all(registry_.host() + "/a/b:1");
  // And a third time there is nothing to be sent but the manifests themselves.
  EXPECT_EQ(copy_all(image_, *destination(registry_.host() + "/a/b"), "1").blobs_sent, 0U);
  expect_all(registry_.host() + "/a/b:1");
}

TEST_F(AttachmentsTest, DoNotMakeALayoutAmbiguous) {
  copy_all(image_, *destination(oci("one")), "1");
  EXPECT_EQ(source(oci("one"))->root().digest, image_.root().digest);
  const auto index = Json::parse(read_file(path() / "one/index.json", 1U << 20U));
  EXPECT_EQ(index["manifests"].size(), 5U);
  auto other = make_image("other");
  copy(other, *destination(oci("one")), {"2"});
  expect_error(ErrorKind::usage, "several images", [&] { source(oci("one"))->root(); });
}

TEST_F(AttachmentsTest, Hostile127_ChainsEnd) {
  const auto chain = [&](unsigned length) {
    auto image = make_image("chain");
    auto subject = image.root().digest;
    for (unsigned i = 0; i < length; ++i) subject = attach(image, subject, std::to_string(i)).digest;
    return copy_all(image, *destination(oci("chain")), "1").attachments;
  };
  EXPECT_EQ(chain(8), 8U);
  expect_error(ErrorKind::limit, "longer than the limit of 8", [&] { chain(9); });
}

TEST_F(AttachmentsTest, Hostile127_CyclesAndWhatIsAbsent) {
  const auto root = image_.root().digest;
  // A list that names the image itself, one of its parts, something twice, something absent and something
  // else's.
  image_.list_referrer(root, image_.root().descriptor());
  image_.list_referrer(of_signature_, {std::string(layers::media_type::oci_manifest), signature_, 1});
  image_.list_referrer(root, image_.manifest({"", of_child_, 0}).descriptor());
  image_.list_referrer(root, {std::string(layers::media_type::oci_manifest), Digest::of("absent"), 6});
  auto strayed = add_referrer(image_, Digest::of("elsewhere"), "strayed");
  image_.list_referrer(root, strayed.descriptor());
  image_.list_referrer(
      child_, image_.manifest({std::string(layers::media_type::oci_manifest), of_child_, 0}).descriptor());
  copy_all(image_, *destination(oci("one")), "1");
  const auto lines = reporter_.lines();
  EXPECT_THAT(lines,
              Contains(testing::AllOf(HasSubstr(Digest::of("absent").text()), HasSubstr("is not there"))));
  EXPECT_THAT(lines,
              Contains(testing::AllOf(HasSubstr(strayed.digest.text()), HasSubstr("does not name it"))));
  EXPECT_THAT(digests(source(oci("one") + ":1")->referrers(root)), UnorderedElementsAre(signature_));
}

TEST_F(AttachmentsTest, AFailedOneMovesNoTag) {
  registry_.serve_referrers();
  registry_.fault("PUT", "/manifests/" + of_signature_.text(), refusal(403, "DENIED", "no"), 9);
  expect_error(ErrorKind::auth, "copying manifest " + of_signature_.text(),
               [&] { copy_all(image_, *destination(registry_.host() + "/a/b"), "1"); });
  EXPECT_FALSE(registry_.tag("a/b", "1"));
}

TEST_F(AttachmentsTest, Hostile159_TheRegistryThatKnowsNoSubjectsGetsTheTag) {
  // Without --all, too: the image is itself a referrer.
  MemoryImage artifact;
  const auto document = add_referrer(artifact, child_, "alone");
  artifact.set_root(document);
  copy(artifact, *destination(registry_.host() + "/a/b"), {"sig"});
  EXPECT_THAT(registry_.manifest("a/b", registry::referrers_tag(child_)), HasSubstr(document.digest.text()));
  other_.serve_referrers();
  copy(artifact, *destination(other_.host() + "/a/b"), {"sig"});
  EXPECT_FALSE(other_.tag("a/b", registry::referrers_tag(child_)));
  EXPECT_EQ(other_.count("GET", ""), 0U);
}

TEST_F(AttachmentsTest, Hostile154_TheAnswerOfAReferrerIsLost) {
  other_.serve_referrers();
  const auto signature = image_.manifest({std::string(layers::media_type::oci_manifest), signature_, 0});
  const auto subject = image_.root().digest;
  image_.set_root(signature);
  for (auto* registry : {&registry_, &other_}) {
    registry->put_manifest("a/b", "sig", signature);
    registry->fault("HEAD", "/manifests/sig", {404});
    registry->fault("PUT", "/manifests/sig", {.close_unanswered = true}, 1);
    copy(image_, *destination(registry->host() + "/a/b"), {"sig"});
    EXPECT_THAT(digests(source(registry->host() + "/a/b:sig")->referrers(subject)),
                UnorderedElementsAre(signature_));
  }
  EXPECT_FALSE(other_.tag("a/b", registry::referrers_tag(subject)));
}

}  // namespace
}  // namespace whittle::test
