// An Error as one text, for comparing with what a user should read.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

#include "common/error.hpp"

namespace whittle::test {

// "KIND: MESSAGE" of the Error that `work` throws, each hint on a line of its own; "no error" without one.
template <class Work>
std::string failure(Work&& work) {
  try {
    std::forward<Work>(work)();
  } catch (const Error& error) {
    auto text = fmt::format("{}: {}", name_of(error.kind()), error.message());
    for (const auto& hint : error.hints()) text += fmt::format("\nhint: {}", hint);
    return text;
  }
  return "no error";
}

}  // namespace whittle::test
