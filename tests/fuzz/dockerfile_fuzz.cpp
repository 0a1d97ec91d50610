// A Dockerfile, translated with a few sources beside it. Hostile case 267: time is bounded, and what comes
// out is a spec that can be read.
#include <chrono>

#include "builder/dockerfile_translator.hpp"
#include "builder/go_source.hpp"
#include "builder/spec.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::dockerfile_input(std::string_view input) {
  using Clock = std::chrono::steady_clock;
  builder::SourceScan scan;
  scan.modules["."] = "example.com/shop";
  scan.mains = {{"cmd/api", "api"}, {"cmd/worker", "worker"}};
  scan.files = {"go.mod", "cmd/api/main.go", "cmd/worker/main.go", "config/app.yaml", "templates/home.html"};
  scan.folders = {".", "cmd", "cmd/api", "cmd/worker", "config", "templates"};
  const auto start = Clock::now();
  const auto translation = parsed([&] {
    return builder::translate_dockerfile(input, {"Dockerfile", ""}, scan);
  });
  require(Clock::now() - start < std::chrono::seconds(5), "a translation ends in time");
  if (translation) {
    const auto yaml = builder::to_yaml(translation->spec);
    require(yaml == builder::to_yaml(translation->spec), "equal specs give equal bytes");
    builder::parse_spec(yaml, "whittle.yaml");
  }
  const auto source = builder::read_go_source(input);  // the other foreign text that init reads
  builder::find_in_code(source, "main.go");
  builder::is_built_for_linux(input);
}
