#include "evidence/materials.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base64.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "evidence/component.hpp"
#include "registry/place.hpp"

namespace whittle::evidence {
namespace {

// "h1:BASE64" in the hex of in-toto's goModuleH1; nothing for what is none.
std::map<std::string, std::string> module_digests(std::string_view sum) {
  if (!sum.starts_with("h1:")) return {};
  const auto bytes = base64_decoded(sum.substr(3));
  if (!bytes || bytes->size() != 32) return {};
  std::string hex;
  for (const char byte : *bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return {{"goModuleH1", hex}};
}

}  // namespace

std::optional<Material> material_of(const binaries::BuildInfo::Dependency& dependency) {
  const auto& module = dependency.effective();
  if (module.version.empty() || module.version == "(devel)") return std::nullopt;
  return Material{fmt::format("pkg:golang/{}@{}", purl_encoded(as_utf8(module.path), true),
                              purl_encoded(as_utf8(module.version))),
                  as_utf8(fmt::format("{} {}", module.path, module.version)), module_digests(module.sum)};
}

Material toolchain_material(const std::string& version, const std::string& platform,
                            const std::string& hash) {
  std::string suffix = platform;
  std::replace(suffix.begin(), suffix.end(), '/', '-');
  return {fmt::format("pkg:golang/golang.org/toolchain@{}",
                      purl_encoded(fmt::format("v0.0.1-go{}.{}", version, suffix))),
          fmt::format("Go {} for {}", version, platform), module_digests(hash)};
}

Material compiler_material(const std::string& name, const std::string& platform, const Digest& digest) {
  return {fmt::format("pkg:generic/c-compiler@{}?platform={}", digest.hex().substr(0, 12),
                      purl_encoded(platform)),
          fmt::format("C compiler for {}: {}", platform, name),
          {{std::string(digest.algorithm_name()), std::string(digest.hex())}}};
}

Material material_of(const packages::PinnedPackage& package) {
  return {fmt::format("pkg:deb/debian/{}@{}?arch={}", purl_encoded(package.name),
                      purl_encoded(package.version), purl_encoded(package.architecture)),
          fmt::format("{} {}", package.name, package.version),
          {{"sha256", std::string(package.digest.hex())}}};
}

Material base_material(const std::string& name, const Digest& manifest) {
  Component base{.kind = Component::Kind::base_image, .name = "base", .digest = manifest};
  bool remote = false;
  try {
    remote = registry::Place::parse(name).kind == registry::Place::Kind::registry;
  } catch (const Error&) {
    remote = false;  // not for us to complain of
  }
  if (remote) base.name = name;
  return {base.purl(),
          remote ? fmt::format("base image {}", name) : std::string("base image"),
          {{std::string(manifest.algorithm_name()), std::string(manifest.hex())}}};
}

}  // namespace whittle::evidence
