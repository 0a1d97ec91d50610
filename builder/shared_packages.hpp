// Packages that one machine compiled, for others that must compile what imports them: entries of Go's build
// cache, in the repository of the shared cache (docs/fleet.md, "What must be compiled").
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/compile.hpp"
#include "builder/go_build_cache.hpp"
#include "builder/go_toolchain.hpp"
#include "builder/shared_place.hpp"
#include "common/digest.hpp"
#include "common/report.hpp"

namespace whittle::builder {

// Which of them belong together: those of one module, for one platform, by one Go and one C compiler.
struct CompiledSet {
  Digest key;
  std::string name;  // "example.com/shop for linux/amd64"; for people, escaped
};
CompiledSet compiled_set_of(const CompileRequest& request, const GoToolchain& go);

// Borrows what it is given. Any thread.
class SharedPackages {
 public:
  SharedPackages(SharedPlace& place, Reporter& reporter) : place_(place), reporter_(reporter) {}

  // Brings what the place has of a set, and go's cache has not, into that cache. Not when it is too little to
  // be worth a download, and no longer than that is quicker than compiling with `jobs` processors; which of
  // it was so is told. Whatever goes wrong is told, too: go compiles what is not there. Throws nothing but
  // Error(interrupted); when `stop` asks it ends early.
  void fetch(const CompiledSet& set, GoBuildCache cache, unsigned jobs, const std::stop_token& stop);

  // Keeps these entries for others, unless what lies there is about as good. `scratch` is a folder for a file
  // as large as what is sent. Throws nothing but Error(interrupted).
  void keep(const CompiledSet& set, const std::vector<GoCacheEntry>& entries, const GoBuildCache& cache,
            const std::filesystem::path& scratch, unsigned jobs, const std::stop_token& stop);

 private:
  SharedPlace& place_;
  Reporter& reporter_;
};

// Whether entries that were just made should take the place of those that lie there: a quarter of them is not
// among those, and they are no small part of them only.
bool should_replace(const std::vector<GoCacheEntry>& made, const std::vector<GoCacheEntry>& there);

// Compressed bytes per second below which compiling `missing` bytes of objects with `jobs` processors is
// quicker than fetching them in `size` bytes.
double least_rate(std::uint64_t size, std::uint64_t missing, unsigned jobs);

}  // namespace whittle::builder
