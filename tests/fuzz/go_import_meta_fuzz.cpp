// A web page with go-import tags.
#include "tests/fuzz/fuzz.hpp"
#include "toolchains/go_import.hpp"

void whittle::fuzz::go_import_meta_input(std::string_view input) {
  for (const auto& import : toolchains::read_go_imports(input))
    require(!import.prefix.empty() && !import.vcs.empty() && !import.root.empty() &&
                import.root.find_first_of(" \t\r\n") == std::string::npos,
            "an import is three words");
}
