// What of one section belongs to which function, package and module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "attribution/node.hpp"
#include "attribution/package_modules.hpp"
#include "binaries/go_functions.hpp"
#include "layers/compressed_positions.hpp"

namespace whittle::attribution {

// What a whole program is looked at with. Borrowed.
struct ProgramView {
  const binaries::GoFunctions* functions = nullptr;  // nothing: no function is told of
  const PackageModules& modules;
  const layers::CompressedPositions& positions;  // of the file
};

// One thread. Keeps 16 bytes per function, and what has a name of at least smallest_named bytes.
class SectionShares {
 public:
  static constexpr std::uint64_t smallest_named = 512;
  static constexpr std::size_t most_packages = 50'000;  // others share one node

  explicit SectionShares(const ProgramView& view) : view_(view) {}

  // Stretches of the file.
  void add_function(std::size_t function, std::uint64_t offset, std::uint64_t size);
  void add_data(std::string_view symbol, std::uint64_t offset, std::uint64_t size);
  void add_to_package(std::string_view package, std::string_view what, std::uint64_t offset, std::uint64_t size);
  void add_part(std::string_view what, std::uint64_t offset, std::uint64_t size);

  // Modules, packages and functions, and parts beside them. At most `most_functions` functions have nodes.
  std::vector<Node> nodes(std::size_t most_functions);

 private:
  struct Package {
    std::map<std::string, Size, std::less<>> named = {};
    std::map<std::string, Size, std::less<>> parts = {};
    std::vector<Node> functions = {};
    Size smaller = {};
    std::size_t smaller_count = 0;
  };
  Size price(std::uint64_t offset, std::uint64_t size) const;
  Package& package(std::string_view name);
  void place_functions(std::size_t most);

  ProgramView view_;
  std::vector<Size> by_function_ = {};
  std::map<std::string, Package, std::less<>> packages_ = {};
  std::map<std::string, Size, std::less<>> parts_ = {};
};

}  // namespace whittle::attribution
