#include "builder/remote_report.hpp"

#include <gmock/gmock.h>

#include "tests/support/thrown_error.hpp"

namespace whittle::builder {
namespace {

RemoteReport sample_report() {
  RemoteReport report;
  binaries::BuildInfo info{"go1.26.8", "example.com/shop/cmd/api"};
  info.main_module = binaries::GoModule{"example.com/shop", "(devel)", ""};
  info.dependencies.push_back({{"example.com/a", "v1.0.0", "h1:x"}});
  info.dependencies.push_back({{"example.com/b", "v1.0.0", ""}, binaries::GoModule{"../b", "", ""}});
  info.settings = {{"GOARCH", "amd64"}, {"-tags", "a,b"}};
  report.programs.push_back({Digest::of("a program"), 9, info, "automemlimit"});
  report.programs.push_back({Digest::of("no go"), 5});
  report.layers.push_back(
      {{"application/vnd.oci.image.layer.v1.tar+gzip", Digest::of("a layer"), 7}, Digest::of("a tar"), 10});
  report.layers.front().descriptor.annotations = {{"toc", "sha256:x"}};
  return report;
}

TEST(RemoteReport, IsReadAsItWasWritten) {
  const auto text = to_text(sample_report());
  const auto read = parse_remote_report(text);
  EXPECT_EQ(to_text(read), text);
  ASSERT_EQ(read.programs.size(), 2U);
  EXPECT_EQ(read.programs[0].info->dependencies[1].effective().path, "../b");
  EXPECT_FALSE(read.programs[1].info);
  EXPECT_EQ(read.layers.front().diff_id, Digest::of("a tar"));
}

TEST(RemoteReport, TellsWhatTheCodeIsTheReasonOf) {
  RemoteReport failed;
  failed.failure =
      Error(ErrorKind::source, "a.go:1:1: undefined: x\nb.go:2:2: undefined: y").hint("define it");
  const auto read = parse_remote_report(to_text(failed));
  ASSERT_TRUE(read.failure);
  EXPECT_EQ(read.failure->kind(), ErrorKind::source);
  EXPECT_EQ(read.failure->message(), "a.go:1:1: undefined: x\nb.go:2:2: undefined: y");
  EXPECT_THAT(read.failure->hints(), testing::ElementsAre("define it"));
}

// A full disk of the worker is none of the user's.
TEST(RemoteReport, TakesWhatTheWorkerIsTheReasonOfForItsFault) {
  RemoteReport failed;
  failed.failure = Error(ErrorKind::io, "no space left");
  EXPECT_EQ(parse_remote_report(to_text(failed)).failure->kind(), ErrorKind::toolchain);
}

TEST(RemoteReport, ShowsNothingThatATerminalObeys) {
  const auto read = parse_remote_report(
      R"({"version":1,"programs":[],"layers":[],"failure":{"kind":"source","message":"\u001b[2Jx","hints":[]}})");
  EXPECT_EQ(read.failure->message(), "\\x1b[2Jx");
}

TEST(RemoteReport, OfAnotherFormIsRefused) {
  for (const auto* text : {"", "{}", R"({"version":2,"programs":[],"layers":[]})",
                           R"({"version":1,"programs":[{}],"layers":[]})",
                           R"({"version":1,"programs":[],"layers":[{"descriptor":{}}]})"})
    EXPECT_EQ(test::failure_of([&] { parse_remote_report(text); }).kind(), ErrorKind::integrity) << text;
}

}  // namespace
}  // namespace whittle::builder
