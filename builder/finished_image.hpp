// An image of a build that is complete and nowhere yet, for whoever has a say in whether it may be delivered.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "builder/build.hpp"
#include "builder/import_graph.hpp"
#include "builder/spec.hpp"
#include "layers/platform.hpp"
#include "registry/image_io.hpp"

namespace whittle::builder {

// Borrows what it points to; good as long as BuildOptions::examine runs.
struct FinishedImage {
  const ImageSpec& spec;
  const BuildResult& result;
  registry::ImageSource& source;
  std::optional<std::string> last_pushed;  // where an earlier build of it may be; builder/destinations.hpp
  // Of each program for that platform. Runs `go list`, so only when somebody wants to know; Error as that
  // has.
  std::function<std::vector<ImportGraph>(const layers::Platform&)> imports;
};

}  // namespace whittle::builder
