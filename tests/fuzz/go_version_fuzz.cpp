// A go.mod; each of its words is read as a version and as one of the toolchain module as well.
#include "toolchains/go_version.hpp"

#include "tests/fuzz/fuzz.hpp"
#include "toolchains/toolchain_id.hpp"

void whittle::fuzz::go_version_input(std::string_view input) {
  parsed([&] { return toolchains::read_go_lines(input, "go.mod"); });
  std::optional<toolchains::GoVersion> last;
  while (!input.empty()) {
    const auto word = input.substr(0, input.find_first_of(" \n"));
    input.remove_prefix(std::min(input.size(), word.size() + 1));
    if (const auto id = toolchains::ToolchainId::parse(word))
      require(id->module_version() == word, "a toolchain has one name");
    const auto version = toolchains::GoVersion::parse(word);
    if (!version) continue;
    require(toolchains::GoVersion::parse(version->text()) == version,
            "the text of a version is that version");
    if (last)
      require((*last < *version) + (*version < *last) + (*last == *version) == 1,
              "versions are in one order");
    last = version;
  }
}
