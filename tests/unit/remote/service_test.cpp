#include "remote/service.hpp"

#include <gmock/gmock.h>

#include "tests/support/fake_remote.hpp"
#include "tests/support/thrown_error.hpp"

namespace whittle::remote {
namespace {

Error refusal_of(Capabilities can) {
  auto fake = std::make_unique<test::FakeRemote>();
  fake->can = can;
  SilentReporter reporter;
  return test::failure_of([&] { Service(std::move(fake), "host:1", std::chrono::hours(1), reporter, {}); });
}

TEST(Service, IsOfUseWhereItExecutes) {
  SilentReporter reporter;
  Service service(std::make_unique<test::FakeRemote>(), "host:1", std::chrono::hours(1), reporter, {});
  EXPECT_EQ(service.host(), "host:1");
}

TEST(Service, ThatOnlyKeepsFilesIsRefused) {
  const auto error = refusal_of({true, false, false, 0});
  EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  EXPECT_THAT(error.message(), testing::HasSubstr("executes nothing"));
}

TEST(Service, WithOtherDigestsIsRefused) {
  EXPECT_THAT(refusal_of({false, true, false, 0}).message(), testing::HasSubstr("SHA-256"));
}

}  // namespace
}  // namespace whittle::remote
