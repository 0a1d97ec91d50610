// The same text in both forms of apt's sources.
#include "packages/apt_sources.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace whittle::packages;

void whittle::fuzz::apt_sources_input(std::string_view input) {
  const std::vector<KeySource> keys{{"/keys.gpg", {}}};
  for (const auto& sources :
       {parsed([&] { return parse_sources_list(input, "the input", "amd64", keys); }),
        parsed([&] { return parse_sources_deb822(input, "the input", "amd64", keys); })}) {
    if (!sources) continue;
    for (const auto& archive : sources->archives) {
      require(archive.uris.size() == 1 && !archive.components.empty() && !archive.keys.empty(),
              "an archive is whole");
      require(archive.suite.find("..") == std::string::npos, "a suite stays below its archive");
    }
    for (const auto& reason : sources->skipped) require_showable(Error(ErrorKind::unsupported, reason));
  }
}
