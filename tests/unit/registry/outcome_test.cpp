#include "registry/outcome.hpp"

#include <gtest/gtest.h>

#include "registry/registry_error.hpp"

namespace whittle::test {
namespace {

using registry::Outcome;
using registry::outcome_of;
using registry::RegistryError;

TEST(Outcome, Hostile136_OfEveryStatus) {
  for (const int status :
       {200, 201, 202, 204, 307, 400, 401, 403, 404, 405, 409, 412, 413, 415, 416, 501, 600})
    EXPECT_EQ(outcome_of(status), Outcome::settled) << status;
  for (const int status : {408, 429}) EXPECT_EQ(outcome_of(status), Outcome::not_now) << status;
  for (const int status : {499, 500, 502, 503, 504, 522, 599})
    EXPECT_EQ(outcome_of(status), Outcome::unclear) << status;
}

TEST(Outcome, Hostile154_OfWhatEndedARequest) {
  EXPECT_EQ(outcome_of(RegistryError(ErrorKind::network, "cut", {})), Outcome::unclear);
  EXPECT_EQ(outcome_of(RegistryError(ErrorKind::registry, "broken", {.status = 502})), Outcome::unclear);
  EXPECT_EQ(outcome_of(RegistryError(ErrorKind::registry, "too many", {.status = 429})), Outcome::not_now);
  EXPECT_EQ(outcome_of(RegistryError(ErrorKind::auth, "no", {.status = 403})), Outcome::settled);
  EXPECT_EQ(outcome_of(RegistryError(ErrorKind::integrity, "another digest", {})), Outcome::settled);
}

}  // namespace
}  // namespace whittle::test
