// What `go list` printed, and what is made of it.
#include "builder/go_list.hpp"

#include <algorithm>

#include "builder/import_graph.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::go_list_input(std::string_view input) {
  const auto platform = layers::Platform::parse("linux/amd64");
  const auto packages = parsed([&] { return builder::parse_go_list(input, platform, {}); });
  if (!packages) return;
  builder::GoMain main;
  main.module = "/module";
  main.pattern = "./cmd/api";
  const auto path = builder::import_path_of(*packages, main);
  if (!path) return;
  const auto closure = builder::closure_of(*packages, *path);
  require(std::is_sorted(closure.begin(), closure.end()), "a closure is sorted");
  require(std::find(closure.begin(), closure.end(), *path) != closure.end(),
          "a closure has the package itself");
  const builder::ImportGraph graph(*packages, *path);
  for (const auto& package : *packages) {
    const auto chain = graph.chain(package.import_path);
    if (chain.empty()) continue;
    require(chain.front() == *path, "a chain begins with the main package");
    require(chain.back() == (package.import_path == "main" ? *path : package.import_path),
            "a chain ends with the package that was asked for");
  }
}
