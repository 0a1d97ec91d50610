// The mappings of a spec, one table of keys each, and what is collected while they are read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builder/spec_reader.hpp"

namespace whittle::builder {

// A program before the defaults are known.
struct BinaryDraft {
  std::string main = {};
  std::string path = {};
  std::vector<std::string> tags = {};
  std::vector<std::string> ldflags = {};
  std::optional<Profile> profile = {};
  std::optional<Lines> lines = {};
  Inlining inlining = {};
  Cgo cgo = Cgo::off;
  Position where = {};
};

struct ImageDraft {
  ImageSpec image;
  std::optional<BinaryDraft> main = {};    // of an image with the short form
  std::vector<BinaryDraft> binaries = {};  // of one with `binaries`
  std::optional<Value> binaries_value = {};
  std::vector<Value> main_settings = {};  // keys that only go with the short form
};

struct GoDraft {
  std::string version = {};
  GoOrigins origins = {};
  std::vector<std::string> replacements = {};
  Profile profile = Profile::small;
};

struct SpecDraft {
  bool has_version = false;
  GoDraft go = {};
  DebianSpec debian = {};
  CacheSpec cache = {};
  Secrets secrets = Secrets::warn;
  std::vector<ImageSpec> images = {};
};

Keys<SpecDraft> spec_keys();                    // spec.cpp
Keys<GoDraft> go_keys();                        // spec.cpp
Keys<CacheSpec> cache_keys();                   // spec_cache.cpp
Keys<ImageDraft> image_keys();                  // spec_image.cpp
Keys<layers::Compression> compression_keys();   // spec_image.cpp
Keys<BinaryDraft> binary_keys();                // spec_binaries.cpp
Keys<Inlining> inlining_keys();                 // spec_inlining.cpp
Keys<FileSpec> file_keys();                     // spec_files.cpp
Keys<PackagesSpec> packages_keys();             // spec_packages.cpp
Keys<SizeLimits> limits_keys();                 // spec_limits.cpp
Keys<MemorySpec> memory_keys();                 // spec_memory.cpp
Keys<SmokeSpec> smoke_keys();                   // spec_memory.cpp
Keys<DebianSpec> debian_keys();                 // spec_packages.cpp
Keys<packages::PackageArchive> archive_keys();  // spec_packages.cpp

ImageSpec read_image(const Value& image, Profile default_profile);
std::vector<FileSpec> read_files(const Value& list);
SizeLimits read_limits(const Value& value);
MemorySpec read_memory(const Value& value);
SmokeSpec read_smoke(const Value& value);
PackagesSpec read_packages(const Value& value);
DebianSpec read_debian(const Value& value);
CacheSpec read_cache(const Value& value);
Inlining read_inlining(const Value& value);
BinaryDraft read_binary(const Value& entry);
// Puts the drafts, with their defaults, into the image.
void settle_binaries(const Value& image, const ImageDraft& draft, Profile default_profile, ImageSpec& result);

}  // namespace whittle::builder
