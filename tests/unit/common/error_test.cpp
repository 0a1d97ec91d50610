#include "common/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/support/failure.hpp"

namespace whittle {
namespace {

using test::failure;

TEST(Error, ContextsReadFromOutsideIn) {
  Error error(ErrorKind::registry, "401");
  error.context("uploading").context("pushing R").hint("log in");
  EXPECT_EQ(error.message(), "pushing R: uploading: 401");
  EXPECT_STREQ(error.what(), "pushing R: uploading: 401");
  EXPECT_EQ(error.hints(), std::vector<std::string>{"log in"});
}

TEST(Error, InContextDescribesOnlyFailures) {
  int described = 0;
  const auto describe = [&] {
    ++described;
    return std::string("doing it");
  };
  EXPECT_EQ(in_context(describe, [] { return 7; }), 7);
  EXPECT_EQ(described, 0);
  EXPECT_EQ(failure([&] { in_context(describe, [] { throw Error(ErrorKind::source, "broken"); }); }),
            "source: doing it: broken");
  EXPECT_EQ(described, 1);
}

TEST(Error, Hostile221_AFullDiskComesWithAHint) {
  EXPECT_EQ(
      failure([] { throw_errno(ENOSPC, "writing /x"); }),
      "io: writing /x: No space left on device\nhint: the disk is full: free space there and run the command "
      "again");
  EXPECT_EQ(failure([] { throw_errno(EACCES, "opening /x"); }), "io: opening /x: Permission denied");
}

TEST(Error, KindsHaveTheNamesOfTheManual) {
  EXPECT_EQ(name_of(ErrorKind::not_found), "not-found");
  EXPECT_EQ(name_of(ErrorKind::remote_conflict), "conflict");
  EXPECT_EQ(name_of(ErrorKind::spec_limit), "limit");
}

}  // namespace
}  // namespace whittle
