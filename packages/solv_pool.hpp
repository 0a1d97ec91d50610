// libsolv, told of a few packages and asked for a set of them that holds together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "packages/package_index.hpp"
#include "packages/pinned_package.hpp"

namespace whittle::packages {

// One thread per instance; borrows the packages. What it answers depends on what was added in which order,
// and on nothing else.
class SolvPool {
 public:
  using Handle = int;

  explicit SolvPool(std::string architecture);
  ~SolvPool();
  SolvPool(const SolvPool&) = delete;
  SolvPool& operator=(const SolvPool&) = delete;

  // A package that may be taken.
  Handle add(const IndexedPackage& package);
  // One that is there and stays; what it depends on is nobody's concern. `known` is what an index says of it,
  // or null.
  void add_present(const PinnedPackage& package, const IndexedPackage* known);

  struct Answer {
    std::vector<Handle> taken;          // in no order
    std::vector<std::string> problems;  // why there is none; then nothing is taken
  };
  // Takes all of `wanted` and, where there is a choice, rather one of `preferred`.
  Answer solve(const std::vector<Handle>& wanted, const std::vector<Handle>& preferred);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace whittle::packages
