#include "cli/manifest_images.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "builder/go_project.hpp"
#include "cli/wanted_images.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::cli {
namespace fs = std::filesystem;
namespace {

using deploying::ManifestText;
using deploying::Mention;

class Choosing {
 public:
  Choosing(const std::optional<builder::Spec>& found, const fs::path& working)
      : found_(found), working_(working) {
    if (found)
      result_.spec = *found;
    else
      result_.spec.folder = working;
    result_.spec.images.clear();
  }

  void add(const ManifestText& manifest, const Mention& mention) {
    const auto said = mention.image();
    if (result_.names.contains(said)) return;
    auto image =
        mention.scheme == Mention::Scheme::whittle ? named(manifest, mention) : packaged(manifest, mention);
    result_.names.emplace(said, image.name);
    const auto [known, is_new] = sources_.emplace(image.name, image.binaries.front().main);
    if (!is_new && known->second != image.binaries.front().main)
      fail(manifest, mention,
           fmt::format("{} and {} would both be the image {}", escaped(known->second),
                       escaped(image.binaries.front().main), image.name),
           "give them names in whittle.yaml, and write whittle://NAME");
    if (is_new) result_.spec.images.push_back(std::move(image));
  }

  ManifestImages take() { return std::move(result_); }

 private:
  [[noreturn]] static void fail(const ManifestText& manifest, const Mention& mention, std::string_view why,
                                std::string hint) {
    Error error(ErrorKind::spec, fmt::format("{}: {}", manifest.where(mention), why));
    if (!hint.empty()) error.hint(std::move(hint));
    throw error;
  }

  builder::ImageSpec named(const ManifestText& manifest, const Mention& mention) const {
    if (!found_)
      fail(manifest, mention,
           fmt::format("there is no whittle.yaml here that could have the image {}", shown(mention.name)),
           "`whittle init` writes one; --spec names one elsewhere; ko://IMPORTPATH needs none");
    std::vector<std::string_view> names;
    for (const auto& image : found_->images) {
      if (image.name == mention.name) return image;
      names.push_back(image.name);
    }
    const auto near = nearest(mention.name, names);
    fail(manifest, mention,
         fmt::format("{} has no image {}{}", escaped(found_->file.native(), false, 4096), shown(mention.name),
                     near ? fmt::format("; did you mean {}?", *near) : ""),
         fmt::format("it has {}", fmt::join(names, ", ")));
  }

  // A package of the own module is a folder; any other has to be in the build list, which go knows.
  builder::ImageSpec packaged(const ManifestText& manifest, const Mention& mention) {
    const auto folder = module_folder();
    const auto module = folder ? builder::module_path(*folder) : std::string();
    if (module.empty() || (mention.name != module && !mention.name.starts_with(module + "/")))
      return image_for_package(found_, result_.spec.folder, mention.name);
    const auto package =
        (*folder / fs::path(mention.name.substr(module.size())).relative_path()).lexically_normal();
    std::error_code ignored;
    if (!fs::is_directory(package, ignored))
      fail(manifest, mention,
           fmt::format("module {} has no package {}", escaped(module), shown(mention.name)), {});
    return image_for_package(found_, working_, package.native());
  }

  std::optional<fs::path> module_folder() const {
    std::error_code ignored;
    for (auto folder = result_.spec.folder;; folder = folder.parent_path()) {
      if (fs::exists(folder / "go.mod", ignored)) return folder;
      if (folder == folder.parent_path()) return std::nullopt;
    }
  }

  const std::optional<builder::Spec>& found_;
  const fs::path& working_;
  ManifestImages result_;
  std::map<std::string, std::string> sources_;  // of each image's name, its first main
};

}  // namespace

ManifestImages images_of(const std::vector<ManifestText>& manifests,
                         const std::optional<builder::Spec>& found, const fs::path& working) {
  Choosing choosing(found, working);
  for (const auto& manifest : manifests)
    for (const auto& mention : manifest.mentions()) choosing.add(manifest, mention);
  return choosing.take();
}

}  // namespace whittle::cli
