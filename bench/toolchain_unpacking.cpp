// What providing a Go toolchain takes once its zip is on this machine: toolchain_unpacking MODULE_CACHE CACHE
// VERSION HASH unpacks golang.org/toolchain@VERSION into the cache, verified and sealed, and prints its
// GOROOT.
#include <fmt/format.h>

#include "common/error.hpp"
#include "toolchains/toolchain_store.hpp"

int main(int count, char** arguments) {
  using namespace whittle;
  if (count != 5) return 2;
  const auto id = toolchains::ToolchainId::parse(arguments[3]);
  if (!id) return 2;
  try {
    SilentReporter reporter;
    toolchains::ToolchainStore store({arguments[2], arguments[1], nullptr}, 2, reporter, {});
    fmt::print("{}\n", store.provide({*id, arguments[4]}).goroot.native());
    return 0;
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.message());
    return 1;
  }
}
