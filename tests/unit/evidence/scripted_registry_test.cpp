// Signing in a registry that refuses what refers to an image, or whose tag moves meanwhile (hostile.md, 243
// and 252).
#include "registry/access.hpp"
#include "tests/support/fake_registry.hpp"
#include "tests/unit/evidence/helpers.hpp"

namespace whittle::test {
namespace {

using evidence::StorageForm;

class ScriptedRegistry : public ::testing::Test {
 protected:
  ScriptedRegistry() : access_({}, silent_, {}) { registry_.put_manifest("shop/api", "1", image_); }
  registry::Place place() const { return registry::Place::parse(registry_.host() + "/shop/api:1"); }
  std::vector<evidence::Form> sign(registry::ImageSource& source, const layers::Descriptor& what,
                                   StorageForm form) {
    const auto to = access_.destination(place());
    auto signer = private_key();
    return evidence::sign_image({source, *to, "example.com/a", silent_}, what, signer, form);
  }
  std::string refusal_of(const Answer& answer, StorageForm form) {
    registry_.clear_faults();
    registry_.decide([answer](const Received& request) {
      const auto refers = request.method == "PUT" && request.body.find("\"subject\"") != std::string::npos;
      return refers ? std::optional(answer) : std::nullopt;
    });
    const auto source = access_.source(place());
    return failure([&] { sign(*source, image_.descriptor(), form); });
  }

  layers::Document image_ = some_manifest("the image");
  layers::Document other_ = some_manifest("another");
  SilentReporter silent_;
  FakeRegistry registry_;
  registry::Access access_;
};

TEST_F(ScriptedRegistry, Hostile252_OneThatTakesNoArtifactsIsToldWithAnotherWay) {
  for (const auto& answer : {refusal(400, "MANIFEST_INVALID", "no"), refusal(405, "UNSUPPORTED", "no"),
                             refusal(415, "UNKNOWN", "no")}) {
    const auto told = refusal_of(answer, StorageForm::bundle);
    EXPECT_THAT(told, StartsWith("unsupported: ")) << answer.status;
    EXPECT_THAT(told, HasSubstr("the image itself is there, unchanged; `--form tag`"));
  }
  EXPECT_THAT(refusal_of(refusal(413, "SIZE_INVALID", "no"), StorageForm::bundle), StartsWith("limit: "));
  EXPECT_EQ(registry_.tag("shop/api", "1"), image_.digest);
  EXPECT_EQ(registry_.manifest("shop/api", "1"), image_.bytes);
}

TEST_F(ScriptedRegistry, Hostile252_TheOtherWayWorksThere) {
  EXPECT_EQ(refusal_of(refusal(400, "MANIFEST_INVALID", "no"), StorageForm::tag), "no error");
  const auto source = access_.source(place());
  EXPECT_EQ(evidence::verify_signatures(*source, image_.digest, public_key(), {}).good(), 1U);
}

TEST_F(ScriptedRegistry, Hostile243_WhatWasResolvedIsSignedWhereverTheTagHasGone) {
  const auto source = access_.source(place());
  const auto root = source->root();
  registry_.put_manifest("shop/api", "1", other_);
  sign(*source, root.descriptor(), StorageForm::both);
  EXPECT_EQ(registry_.tag("shop/api", "1"), other_.digest);
  const auto later = access_.source(place());
  EXPECT_EQ(evidence::verify_signatures(*later, image_.digest, public_key(), {}).good(), 2U);
  EXPECT_EQ(evidence::verify_signatures(*later, other_.digest, public_key(), {}).checked.size(), 0U);
}

}  // namespace
}  // namespace whittle::test
