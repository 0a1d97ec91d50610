// A whole spec: what is accepted keeps what spec.hpp promises.
#include "builder/spec.hpp"

#include <algorithm>

#include "registry/reference.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {
namespace {

bool is_image_path(const std::string& path) {
  return path.starts_with('/') && path.find("/../") == std::string::npos && !path.ends_with("/..") &&
         path.size() <= 4096 && path.find('\0') == std::string::npos;
}

void check_image(const builder::ImageSpec& image) {
  require(!image.name.empty() && !image.binaries.empty(), "an image has a name and a program");
  for (const auto& binary : image.binaries)
    require(is_image_path(binary.path), "a program goes into the image");
  for (const auto& file : image.files) {
    require(is_image_path(file.to), "a file goes into the image");
    require(!file.from.starts_with('/') && !file.from.starts_with(".."), "a file comes from the context");
    require((file.mode.value_or(0) & ~07777U) == 0, "a mode has no more than its bits");
  }
  for (const auto& place : image.push) {
    const auto reference = registry::Reference::parse(place);
    require(reference.tag.empty() && !reference.digest, "a push goes to a repository");
  }
  for (const auto& variable : image.env)
    require(!variable.first.empty() && variable.first.find('=') == std::string::npos,
            "a variable has a name");
  auto platforms = image.platforms;
  std::sort(platforms.begin(), platforms.end());
  require(std::adjacent_find(platforms.begin(), platforms.end()) == platforms.end(),
          "platforms are distinct");
}

}  // namespace

void spec_input(std::string_view input) {
  const auto spec = parsed([&] { return builder::parse_spec(input, "whittle.yaml"); });
  if (!spec) return;
  require(!spec->images.empty(), "a spec describes an image");
  for (const auto& image : spec->images) check_image(image);
}

}  // namespace whittle::fuzz
