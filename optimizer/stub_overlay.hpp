// Packages that do nothing, put in the place of real ones for one `go build`.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "builder/go_list.hpp"
#include "common/json.hpp"

namespace whittle::optimizer {

// What stub_source reads: which packages are to have no content any more, and the names of all there are.
// Files are written to `folder`.
Json stub_request(std::span<const builder::ListedPackage* const> packages,
                  const std::vector<builder::ListedPackage>& all, const std::filesystem::path& folder);

struct StubOverlay {
  Json overlay = {};  // for -overlay
  std::string go_mod_lines =
      {};  // that a copy of go.mod needs besides, for -modfile; "" when it is not needed
};

// Turns the overlay that stub_source has printed into one that go takes: it lets nobody replace files of the
// module cache, so that modules which lie there are replaced by folders below `folder` that exist in the
// overlay alone. Error(toolchain) when `printed` is no overlay.
StubOverlay overlay_for(const Json& printed, std::span<const builder::ListedPackage* const> packages,
                        const std::vector<builder::ListedPackage>& all,
                        const std::filesystem::path& module_cache, const std::filesystem::path& folder);

}  // namespace whittle::optimizer
