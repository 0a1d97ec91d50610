// Whether images that were just built keep the limits of their spec, and what became of their sizes.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "builder/cache.hpp"
#include "builder/finished_image.hpp"
#include "common/error.hpp"
#include "common/limits.hpp"
#include "common/report.hpp"
#include "optimizer/size_comparison.hpp"
#include "registry/access.hpp"
#include "registry/place.hpp"

namespace whittle::optimizer {

struct SizeCheckOptions {
  std::optional<registry::Place> against = {};  // instead of where the image was last pushed
  bool compare = false;                         // with it also when every limit holds
  bool offline = false;                         // ask no registry and no daemon
  std::string version = {};                     // of whittle, whose way of counting it is
  std::filesystem::path scratch = {};           // a folder for files without a name
  unsigned jobs = 1;
  Limits limits = {};  // protective ones
};

// Borrows everything; one thread.
class SizeCheck {
 public:
  SizeCheck(builder::Cache& cache, registry::Access& access, SizeCheckOptions options, Reporter& reporter,
            std::stop_token stop)
      : cache_(cache),
        access_(access),
        options_(std::move(options)),
        reporter_(reporter),
        stop_(std::move(stop)) {}

  // Looks into the programs of an image only for limits of modules and packages, and once: what they cost is
  // kept in the cache by the manifest's digest. The image to compare with is read when a limit is broken, or
  // options say so; that it cannot be read is in the result. A limit of what the image does not have is a
  // warning. Throws what reading the image that was built does, and Error(interrupted).
  ComparedImage examine(const builder::FinishedImage& image);

 private:
  ImageSizes sizes_now(const builder::FinishedImage& image, const layers::Descriptor& manifest,
                       const layers::Platform& platform);
  void warn_of_absent(const std::string& image, const ComparedPlatform& platform);
  void compare(const builder::FinishedImage& image, ComparedImage& compared);
  ImageSizes read(registry::ImageSource& source, const layers::Platform& platform,
                  InspectOptions::Layers layers);
  std::string read_before(const std::optional<registry::Place>& place, ComparedImage& compared);

  builder::Cache& cache_;
  registry::Access& access_;
  SizeCheckOptions options_;
  Reporter& reporter_;
  std::stop_token stop_;
};

// Error(budget) that says which limits are broken and what grew; nothing when all hold.
std::optional<Error> broken_limits(const std::vector<ComparedImage>& images);

}  // namespace whittle::optimizer
