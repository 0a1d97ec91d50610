#include "evidence/attached_lines.hpp"

#include <gmock/gmock.h>

#include "evidence/attachment.hpp"
#include "evidence/split_lines.hpp"
#include "layers/media_types.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/memory_image.hpp"
#include "tests/unit/evidence/helpers.hpp"

namespace whittle::evidence {
namespace {

using test::failure;
using test::some_image;
using testing::SizeIs;
using testing::StartsWith;

const Digest program = Digest::of(std::string_view("program"));

class AttachedLinesTest : public testing::Test {
 protected:
  // As some registries list it, or as others do.
  void add(const Attachment& attachment, std::string_view listed_type = split_lines_type) {
    image_.add_document(attachment.manifest);
    image_.add_blob(attachment.type, attachment.content);
    list(attachment, listed_type);
  }
  void list(const Attachment& attachment, std::string_view listed_type) {
    auto descriptor = attachment.manifest.descriptor();
    descriptor.artifact_type = listed_type;
    image_.list_referrer(some_image.digest, descriptor);
  }
  static Attachment lines(const layers::Annotations& annotations = annotations_of_lines("/usr/bin/api",
                                                                                        program),
                          const layers::Descriptor& of = some_image) {
    return attachment_of("lines", split_lines_type, annotations, of);
  }
  test::MemoryImage image_;
};

TEST_F(AttachedLinesTest, AreFoundAmongWhateverElseRefersToTheImage) {
  add(attachment_of("text", "text/plain", {}, some_image), "text/plain");
  add(attachment_of("text", "text/plain", {}, some_image), layers::media_type::empty);
  add(lines());
  add(lines(annotations_of_lines("/usr/bin/b", Digest::of(std::string_view("b")))),
      layers::media_type::empty);
  add(lines(annotations_of_lines("/usr/bin/c", Digest::of(std::string_view("c")))), "");
  list(lines(annotations_of_lines("/usr/bin/gone", program)), split_lines_type);
  const auto found = attached_lines(image_, some_image.digest);
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_EQ(found[0].program, program);
  EXPECT_EQ(found[0].blob.digest, Digest::of(std::string_view("lines")));
  EXPECT_THAT(attached_lines(image_, program), SizeIs(0));
}

TEST_F(AttachedLinesTest, OfAnotherImageAreUnverified) {
  add(lines(annotations_of_lines("/usr/bin/api", program), {some_image.media_type, program, 5}));
  EXPECT_THAT(failure([&] { attached_lines(image_, some_image.digest); }), StartsWith("unverified: "));
}

TEST_F(AttachedLinesTest, ThatDoNotSayWhoseTheyAreAreBroken) {
  add(lines({}));
  EXPECT_THAT(failure([&] { attached_lines(image_, some_image.digest); }), StartsWith("integrity: "));
}

TEST_F(AttachedLinesTest, MoreThanAThousandReferrersAreTooMany) {
  for (int i = 0; i < 1'001; ++i) list(lines({{"n", std::to_string(i)}}), split_lines_type);
  EXPECT_THAT(failure([&] { attached_lines(image_, some_image.digest); }), StartsWith("limit: "));
}

}  // namespace
}  // namespace whittle::evidence
