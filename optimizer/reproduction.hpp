// Whether an image is what its sources give, also under other circumstances; and if not, why.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "evidence/build_record.hpp"
#include "layers/document.hpp"
#include "optimizer/perturbation.hpp"
#include "optimizer/rebuild.hpp"
#include "registry/image_io.hpp"

namespace whittle::optimizer {

struct Reproduction {
  bool equal = false;
  Digest rebuilt = Digest::of(std::string_view());  // of the root, or of the only platform that was asked for
  Perturbations circumstances = {};                 // under which it was built again
  std::map<Perturbation, std::string> not_checked = {};  // what this machine does not allow, and why
  std::optional<Perturbation> culprit = {};              // the circumstance that its bytes depend on
  std::vector<std::string> causes = {};                  // one line each, what explains most first
  std::vector<std::string> remarks = {};

  std::string summary() const;  // one line
};

// What is compared. Borrows everything.
struct Original {
  const layers::Document& root;
  registry::ImageSource& source;
  const evidence::BuildRecord& record;
  std::optional<layers::Platform> platform = {};  // this one alone
};

// Opens the image in a layout of ours.
using OpenLayout = std::function<std::unique_ptr<registry::ImageSource>(const std::filesystem::path& layout)>;

// Builds under all circumstances at once. When that gives something else, builds with fewer of them, halving
// what is in question, until one is left; when it is different without any, the inputs are the cause, and the
// records and the images are compared. `scratch` is a folder for what has to wait. Throws what a rebuild
// throws.
Reproduction reproduce(const Original& original, const RebuildPlan& plan, Rebuilder& rebuilder,
                       const Perturbations& wanted, const OpenLayout& open,
                       const std::filesystem::path& scratch, const std::stop_token& stop);

// The documented form of it in `verify --json` (docs/formats.md).
Json to_json(const Reproduction& reproduction);

}  // namespace whittle::optimizer
