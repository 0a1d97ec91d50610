// An Error as it was thrown, for looking at its parts.
#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "common/error.hpp"

namespace whittle::test {

// The Error that `work` throws; a failure of the test when it throws none.
template <class Work>
Error failure_of(Work&& work) {
  try {
    std::forward<Work>(work)();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorKind::usage, "nothing was thrown");
}

}  // namespace whittle::test
