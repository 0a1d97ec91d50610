#include "evidence/attachment.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "common/file.hpp"
#include "evidence/dsse.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/layout_image.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/memory_image.hpp"
#include "tests/unit/evidence/helpers.hpp"

namespace whittle::evidence {
namespace {

using test::failure;
using test::some_image;
using testing::StartsWith;

std::string statement_about(const Digest& digest) {
  return write_statement({{{digest}}, "https://example.com/claim", {{"a", 1}}});
}

class AttachmentTest : public testing::Test {
 protected:
  std::unique_ptr<registry::ImageDestination> layout() {
    return std::make_unique<registry::LayoutDestination>(
        folder_.path() / "layout", AtomicFile::Durability::content, "", std::nullopt, "a layout");
  }
  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
  const Attachment attachment_ =
      attachment_of(statement_about(some_image.digest), "https://example.com/claim", some_image);
};

TEST_F(AttachmentTest, IsAnArtifactThatRefersToItsSubject) {
  const auto manifest = layers::parse_manifest(attachment_.manifest, "it");
  EXPECT_EQ(manifest.artifact_type, "application/vnd.in-toto+json");
  EXPECT_EQ(manifest.config.media_type, layers::media_type::empty);
  EXPECT_EQ(manifest.subject->digest, some_image.digest);
  EXPECT_EQ(manifest.layers.at(0).digest, Digest::of(attachment_.content));
  EXPECT_EQ(manifest.annotations.at("in-toto.io/predicate-type"), "https://example.com/claim");
  EXPECT_EQ(attachment_of(statement_about(some_image.digest), "https://example.com/claim", some_image)
                .manifest.digest,
            attachment_.manifest.digest);
}

TEST_F(AttachmentTest, IsFoundWhereItWasAttached) {
  EXPECT_THAT(layout()->listed({attachment_.manifest}), testing::IsEmpty());
  attach(attachment_, *layout());
  EXPECT_THAT(layout()->listed({attachment_.manifest}), testing::ElementsAre(attachment_.manifest.digest));
  registry::LayoutSource source(registry::Layout::open(folder_.path() / "layout"), {}, "a layout");
  const auto found = attached_statements(source, some_image.digest);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(write_statement(found[0]), attachment_.content);
}

TEST_F(AttachmentTest, WhatIsAboutAnotherImageIsUnverified) {
  test::MemoryImage image;
  const auto add = [&](const Attachment& attachment) {
    image.add_document(attachment.manifest);
    image.add_blob(std::string(in_toto_type), attachment.content);
    auto descriptor = attachment.manifest.descriptor();
    descriptor.artifact_type = layers::media_type::empty;  // as some registries list it
    image.list_referrer(some_image.digest, descriptor);
  };
  const Digest other = Digest::of(std::string_view("other"));
  add(attachment_of(statement_about(other), "https://example.com/claim", some_image));
  EXPECT_THAT(failure([&] { attached_statements(image, some_image.digest); }), StartsWith("unverified: "));
  image = {};
  add(attachment_of(statement_about(some_image.digest), "https://example.com/claim",
                    {some_image.media_type, other, 5}));
  EXPECT_THAT(failure([&] { attached_statements(image, some_image.digest); }), StartsWith("unverified: "));
}

TEST_F(AttachmentTest, ListsMayBeOldAndLong) {
  test::MemoryImage image;
  auto descriptor = attachment_.manifest.descriptor();
  descriptor.artifact_type = "application/vnd.example.note";
  image.list_referrer(some_image.digest, descriptor);
  EXPECT_TRUE(attached_statements(image, some_image.digest).empty());
  for (int i = 0; i < 1'000; ++i) image.list_referrer(some_image.digest, descriptor);
  EXPECT_THAT(failure([&] { attached_statements(image, some_image.digest); }), StartsWith("limit: "));
}

}  // namespace
}  // namespace whittle::evidence
