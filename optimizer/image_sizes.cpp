#include "optimizer/image_sizes.hpp"

#include <string_view>

#include "attribution/package_modules.hpp"
#include "common/text.hpp"
#include "optimizer/layer_names.hpp"

namespace whittle::optimizer {
namespace {

using attribution::Node;

struct ModuleName {
  std::string path;
  std::string version;  // with what replaces it
};

// As attribution/package_modules.hpp writes it. What belongs to no module has words instead of a version.
ModuleName parsed(const std::string& name) {
  if (name == attribution::PackageModules::standard_library) return {"std", {}};
  const auto blank = name.find(' ');
  if (blank == std::string::npos) return {name, {}};
  const auto rest = std::string_view(name).substr(blank + 1);
  for (const std::string_view beginning : {"v", "(", "=>"})
    if (rest.starts_with(beginning)) return {name.substr(0, blank), std::string(rest)};
  return {name, {}};
}

void add(const Node& node, ImageSizes& sizes) {
  switch (node.kind) {
    case Node::Kind::file:
      sizes.files[as_utf8(shown_name(node.kind, node.name))] += node.size.compressed;
      break;
    case Node::Kind::module: {
      const auto module = parsed(as_utf8(node.name));
      sizes.modules[module.path] += node.size.compressed;
      if (!module.version.empty()) sizes.versions[module.path] = module.version;
      break;
    }
    case Node::Kind::package:
      sizes.packages[as_utf8(node.name)] += node.size.compressed;
      return;  // what is below has no name of its own here
    default:
      break;
  }
  for (const auto& child : node.children) add(child, sizes);
}

}  // namespace

ImageSizes sizes_of(const InspectedPlatform& platform) {
  ImageSizes sizes;
  sizes.image = platform.compressed_size;
  const auto names = layer_names(platform);
  for (std::size_t i = 0; i < names.size(); ++i)
    sizes.layers.emplace_back(names[i], platform.layers[i].descriptor.size);
  for (const auto& layer : platform.tree)
    for (const auto& node : layer.children) add(node, sizes);
  return sizes;
}

Json to_json(const ImageSizes& sizes) {
  return {{"image", sizes.image},
          {"layers", sizes.layers},
          {"modules", sizes.modules},
          {"packages", sizes.packages},
          {"versions", sizes.versions}};
}

ImageSizes sizes_from_json(const Json& json) {
  ImageSizes sizes;
  json.at("image").get_to(sizes.image);
  json.at("layers").get_to(sizes.layers);
  json.at("modules").get_to(sizes.modules);
  json.at("packages").get_to(sizes.packages);
  json.at("versions").get_to(sizes.versions);
  return sizes;
}

}  // namespace whittle::optimizer
