// What a build takes from outside, as its provenance lists it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "binaries/build_info.hpp"
#include "common/digest.hpp"
#include "evidence/build_record.hpp"
#include "packages/pinned_package.hpp"

namespace whittle::evidence {

// Nothing for a module that was taken from a folder: its files are among the sources.
std::optional<Material> material_of(const binaries::BuildInfo::Dependency& dependency);
// `hash` is the "h1:…" of the toolchain's module for `platform` ("linux/amd64").
Material toolchain_material(const std::string& version, const std::string& platform, const std::string& hash);
// `digest` is that of a lock, over all that the compiler is.
Material compiler_material(const std::string& name, const std::string& platform, const Digest& digest);
Material material_of(const packages::PinnedPackage& package);
// `name` as the spec writes it; of an image that lies in a folder here, only the digest is told (hostile
// 248).
Material base_material(const std::string& name, const Digest& manifest);

}  // namespace whittle::evidence
