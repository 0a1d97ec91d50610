// What `build` and `lock` are about: images of a spec or Go packages, and how strictly their lock is taken.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "builder/host.hpp"
#include "builder/spec.hpp"
#include "layers/platform.hpp"

namespace CLI {
class App;
}

namespace whittle::cli {

struct WantedImages {
  std::vector<std::string> names;  // images or packages
  std::string file;                // of the spec
};
void add_wanted_images(CLI::App& command, WantedImages& wanted);
// The spec with just the images that were asked for. Error(usage) when there is none of that name, or no
// spec.
builder::Spec spec_of(const WantedImages& wanted, const std::filesystem::path& working, const Limits& limits);

// The spec of that name, or the one here; its folder is absolute. Nothing when none is named and none is
// here.
std::optional<builder::Spec> find_spec(const std::string& file, const std::filesystem::path& working,
                                       const Limits& limits);
// The image for a package (a folder relative to `working` or absolute, or an import path): the one of the
// spec that has this program alone, else one with all defaults.
builder::ImageSpec image_for_package(const std::optional<builder::Spec>& spec,
                                     const std::filesystem::path& working, const std::string& package);

struct LockFlags {
  bool locked = false;
  bool not_locked = false;
  bool offline = false;
};
void add_lock_flags(CLI::App& command, LockFlags& flags);
bool is_locked(const LockFlags& flags, const builder::Host& host);

// This machine's, for which an image is built when nobody says otherwise.
layers::Platform host_platform();
// The wall clock.
std::chrono::sys_seconds wall_clock();

}  // namespace whittle::cli
