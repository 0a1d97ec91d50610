// For the flows: whether images are what whittle's have to be (tests/support/image_validator.hpp).
//   valid_image [--foreign DIGEST|all]… PLACE…
// A line for each thing that is wrong, and exit code 1 when there is one. What others made is named by its
// digest, or all of it is theirs.
#include <fmt/format.h>

#include <iostream>
#include <string_view>

#include "common/error.hpp"
#include "registry/access.hpp"
#include "tests/support/image_validator.hpp"

using namespace whittle;

namespace {

struct Wanted {
  test::ValidatorOptions options;
  std::vector<registry::Place> places;
};

Wanted parse(const std::vector<std::string>& words) {
  Wanted wanted;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] != "--foreign")
      wanted.places.push_back(registry::Place::parse(words[i]));
    else if (const auto& whose = words.at(++i); whose == "all")
      wanted.options.all_foreign = true;
    else
      wanted.options.foreign.insert(Digest::parse(whose));
  }
  if (wanted.places.empty()) throw Error(ErrorKind::usage, "no place is given");
  return wanted;
}

int run(const std::vector<std::string>& words) {
  const auto wanted = parse(words);
  SilentReporter reporter;
  registry::Access access({}, reporter, {});
  int status = 0;
  for (const auto& place : wanted.places) {
    const auto source = access.source(place);
    for (const auto& violation : test::violations(*source, wanted.options)) {
      std::cout << fmt::format("{}: {}\n", place.text(), violation);
      status = 1;
    }
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const Error& error) {
    std::cout << error.message() << '\n';
    return 1;
  } catch (const std::exception& error) {
    std::cout << error.what() << '\n';
    return 1;
  }
}
