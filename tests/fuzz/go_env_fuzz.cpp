// The file that `go env -w` writes.
#include "builder/go_environment.hpp"

#include <algorithm>

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::go_env_input(std::string_view input) {
  static MemoryFile file;
  file.set(input);
  builder::Host host;
  host.environment["GOENV"] = file.path().native();
  builder::module_cache_of(host, "/fallback");
  const auto settings = builder::module_source_settings(host);
  require(std::is_sorted(settings.begin(), settings.end()), "settings are sorted");
  for (const auto& [name, value] : settings) {
    require(name == "GOPROXY" || name == "GOSUMDB" || name == "GOPRIVATE" || name == "GONOPROXY" ||
                name == "GONOSUMDB",
            "only where modules come from is taken");
    require(value.find('\n') == std::string::npos, "a value is one line");
  }
}
