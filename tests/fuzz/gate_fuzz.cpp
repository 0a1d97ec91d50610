// A whole binary before the gate: it is refused in words that may be shown, unless it is what was asked for.
#include "builder/gate.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::gate_input(std::string_view input) {
  static MemoryFile file;
  file.set(input);
  const builder::GateRules rules{layers::Platform::parse("linux/amd64"),
                                 "1.26.8",
                                 "./cmd/api",
                                 {},
                                 {"/cache/whittle"},
                                 {"/src/project"}};
  parsed([&] {
    builder::check_binary(file.path(), rules);
    return true;
  });
}
