// The texts of an image that say what it needs: scripts, the loader's and the name services' configuration,
// lists of packages, command lines. What is read of them is bounded and part of them.
#include "closure/loader_conf.hpp"
#include "closure/name_services.hpp"
#include "closure/package_files.hpp"
#include "closure/shebang.hpp"
#include "closure/shell_words.hpp"
#include "closure/string_constants.hpp"
#include "common/error.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace whittle::closure;

void whittle::fuzz::closure_texts_input(std::string_view input) {
  const auto words = read_shell_words(input);
  for (const auto* set : {&words.commands, &words.sources, &words.paths})
    require(set->size() <= most_shell_words, "words are bounded");
  for (const auto& path : words.paths) require(path.starts_with('/'), "paths are absolute");
  const auto shebang = read_shebang(input);
  require(shebang.interpreter.size() <= 255, "a first line is bounded");
  require(shebang.interpreter.empty() || input.find(shebang.interpreter) != std::string_view::npos,
          "an interpreter stands in the script");
  for (const auto& service : services_of(input, "hosts"))
    require(!service.empty() && service.find('/') == std::string::npos, "a service is a part of a name");
  const auto conf = parse_loader_conf(input);
  require(conf.folders.size() <= 1'000 && conf.includes.size() <= 1'000, "a configuration is bounded");
  for (const auto& folder : folders_of(input, ":")) {
    require(!folder.empty(), "a folder has a name");
    require(expanded(folder, {{"/a", "/b"}, 62}).size() <= 1'000, "expansion is bounded");
  }
  each_path(input, true, [](std::string_view path) {
    require(path.starts_with('/') && path.size() <= StringConstants::longest_path,
            "a path is absolute and short");
  });
  PackageFiles packages;
  packages.add_dpkg_list("a:amd64", input);
  packages.add_dpkg_sums("b", input);
  packages.add_apk(input);
  parsed([&] {
    packages.add_dpkg_status(input);
    return true;
  });
  packages.owner(input.substr(0, 100));
}
