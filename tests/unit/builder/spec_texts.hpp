// What the tests of the spec share: small specs and what is said about them.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "builder/spec.hpp"
#include "tests/support/failure.hpp"

namespace whittle::test {

inline std::string parse_failure(std::string_view text) {
  return failure([&] { builder::parse_spec(text, "w.yaml"); });
}

// A spec with one image `api`, whose keys begin on line 4 in column 5.
inline std::string with(std::string_view keys) {
  std::string text = "version: 1\nimages:\n  api:\n";
  std::string_view rest = keys;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    text += fmt::format("    {}\n", rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return text;
}
// The same with a main in front, so that the keys begin on line 5.
inline std::string image(std::string_view keys) {
  return with(fmt::format("main: ./cmd/api\n{}", keys));
}

inline builder::ImageSpec image_of(std::string_view text) {
  return builder::parse_spec(text, "w.yaml").images.at(0);
}

struct Refused {
  std::string_view keys;
  std::string_view message;
};

// Each has to be refused with exactly that message.
inline void expect_refused(std::initializer_list<Refused> cases) {
  for (const auto& one : cases) {
    auto message = parse_failure(image(one.keys));
    message.resize(std::min(message.find("\nhint: "), message.size()));
    EXPECT_EQ(message, one.message) << one.keys;
  }
}

}  // namespace whittle::test
