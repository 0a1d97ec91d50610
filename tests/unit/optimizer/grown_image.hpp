// An image that grew: what the tests of its texts share.
#pragma once

#include <string>
#include <vector>

#include "optimizer/size_comparison.hpp"

namespace whittle::test {

inline builder::ListedPackage listed(const std::string& path, const std::string& module,
                                     std::vector<std::string> imports) {
  builder::ListedPackage package;
  package.import_path = path;
  package.imports = std::move(imports);
  package.module = module;
  return package;
}

// example.com/shop, whose package store imports example.com/fat now, which brings net/http and more.
inline builder::ImportGraph imports_of_shop() {
  return {{listed("example.com/shop/cmd/api", "example.com/shop", {"example.com/shop/store", "fmt"}),
           listed("example.com/shop/store", "example.com/shop", {"example.com/fat", "fmt"}),
           listed("example.com/fat", "example.com/fat", {"net/http", "fmt"}), listed("net/http", "", {"net"}),
           listed("net", "", {}), listed("fmt", "", {"os"}), listed("os", "", {})},
          "example.com/shop/cmd/api"};
}

inline optimizer::ComparedPlatform grown_platform() {
  using Part = optimizer::LimitState::Part;
  optimizer::ComparedPlatform platform;
  platform.platform = layers::Platform::parse("linux/amd64");
  platform.now.image = 1'950'000;
  platform.now.layers = {{"base", 400'000}, {"binaries", 1'550'000}};
  platform.now.files = {{"/usr/bin/api", 1'549'800}};
  platform.now.modules = {{"std", 1'300'000}, {"example.com/fat", 240'000}, {"example.com/shop", 9'800}};
  platform.now.packages = {{"main", 4'000},
                           {"example.com/shop/store", 5'800},
                           {"example.com/fat", 240'000},
                           {"net/http", 400'000},
                           {"net", 100'000},
                           {"fmt", 30'000},
                           {"os", 12'500}};
  platform.now.versions = {{"example.com/fat", "v1.2.0"}, {"example.com/shop", "v0.2.0"}};
  platform.before = optimizer::ImageSizes{
      1'200'500,
      {{"base", 400'000}, {"files", 500}, {"binaries", 800'000}},
      {{"/usr/bin/api", 799'800}, {"/etc/old", 500}},
      {{"std", 790'000}, {"example.com/shop", 5'000}},
      {{"main", 4'000}, {"example.com/shop/store", 5'700}, {"fmt", 24'000}, {"os", 12'000}},
      {{"example.com/shop", "v0.1.0"}}};
  platform.imports = {imports_of_shop()};
  platform.limits = {{Part::image, {}, {350'000, "350 kB", {"w.yaml", 7, 15}}, 1'950'000},
                     {Part::layer, "binaries", {2'000'000, "2MB", {"w.yaml", 8, 25}}, 1'550'000},
                     {Part::module, "example.com/fat", {204'800, "200KiB", {"w.yaml", 9, 35}}, 240'000},
                     {Part::module, "example.com/gone", {1, "1", {"w.yaml", 10, 35}}, std::nullopt},
                     {Part::package, "net/http", {399'999, "399999", {"w.yaml", 11, 30}}, 400'000}};
  return platform;
}

inline optimizer::ComparedImage grown_image() {
  return {"api", "localhost:5000/shop/api:latest", {}, {grown_platform()}};
}

}  // namespace whittle::test
