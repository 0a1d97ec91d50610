#include "cli/step_summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "common/file.hpp"

namespace whittle::cli {
namespace {
namespace fs = std::filesystem;

using ::testing::HasSubstr;
using ::testing::Not;

layers::Descriptor descriptor(std::string_view text, std::uint64_t size) {
  return {"application/vnd.oci.image.layer.v1.tar+gzip", Digest::of(text), size};
}

builder::BuildResult result(bool compiled, bool written) {
  const builder::AssembledLayer files{
      "files", {descriptor("files", 1'000'000), Digest::of("a"), 2'000'000}, false};
  const builder::AssembledLayer binaries{
      "binaries", {descriptor("bin", 5'000'000), Digest::of("b"), 9'000'000}, written};
  return {
      "api",
      descriptor("root", 500),
      {{layers::Platform::parse("linux/amd64"), {descriptor("manifest", 400), {files, binaries}, 6'000'000}}},
      {"registry.example.com/shop/api:1@" + Digest::of("root").text()},
      {},
      compiled};
}

TEST(StepSummary, SaysWhatHadToBeDone) {
  EXPECT_THAT(step_summary({result(true, true)}, ""), HasSubstr("| 6.0 MB | compiled; 1 of 2 layers new |"));
  EXPECT_THAT(step_summary({result(false, false)}, ""), HasSubstr("| nothing changed; 0 of 2 layers new |"));
  EXPECT_THAT(step_summary({result(false, true)}, ""), HasSubstr("| not compiled; 1 of 2 layers new |"));
}

TEST(StepSummary, NamesDigestsPlacesAndLayers) {
  const auto text = step_summary({result(true, true)}, "");
  EXPECT_THAT(text, HasSubstr("### whittle built 1 image\n"));
  EXPECT_THAT(text, HasSubstr("`" + Digest::of("root").text() + "`"));
  EXPECT_THAT(text, HasSubstr("- `registry.example.com/shop/api:1@sha256:"));
  EXPECT_THAT(text, HasSubstr("| linux/amd64 | files | `" + Digest::of("files").text() +
                              "` | 1.0 MB | from the cache |"));
  EXPECT_THAT(text, HasSubstr("| 5.0 MB | new |"));
}

TEST(StepSummary, EndsWithWhatBecameOfTheSizes) {
  EXPECT_TRUE(step_summary({result(true, true)}, "### Size\n").ends_with("</details>\n\n### Size\n"));
}

TEST(StepSummary, OfANameThatIsMarkdownChangesNothingAroundIt) {
  auto odd = result(true, true);
  odd.places = {"oci:a`|<b>\n# c"};
  const auto text = step_summary({odd}, "");
  EXPECT_THAT(text, Not(HasSubstr("\n# c")));
  EXPECT_THAT(text, HasSubstr("- `` oci:a`\\|<b>"));
}

TEST(StepSummary, IsAddedToWhatOthersWrote) {
  std::string name = (fs::temp_directory_path() / "summary.XXXXXX").native();
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  const auto file = fs::path(name) / "summary.md";
  append_summary("one\n", file);
  append_summary("two\n", file);
  EXPECT_EQ(read_file(file, 100), "one\ntwo\n");
  EXPECT_THROW(append_summary("x", fs::path(name) / "absent" / "summary.md"), Error);
  fs::remove_all(name);
}

}  // namespace
}  // namespace whittle::cli
