// What `whittle.yaml` says, typed and checked (docs/spec.md). Values only: nothing here touches the host.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "builder/memory_spec.hpp"
#include "builder/position.hpp"
#include "builder/size_limits.hpp"
#include "common/digest.hpp"
#include "common/limits.hpp"
#include "layers/compression.hpp"
#include "layers/platform.hpp"
#include "packages/package_archive.hpp"
#include "packages/package_wish.hpp"

namespace whittle::builder {

enum class Profile { debug, small, smallest };
std::string_view name_of(Profile profile);
std::optional<Profile> profile_named(std::string_view name);

// Whether a program keeps the tables that give its code files and lines, or has them beside the image.
enum class Lines { keep, split };

// Whether C is compiled into a program, and which C library is linked with it.
enum class Cgo {
  off,
  any,  // the smaller one that is installed: musl, else glibc
  musl,
  glibc,
};
std::string_view name_of(Cgo cgo);  // as a spec has it: "off", "static", "static-musl", "static-glibc"

// Which packages of a program the compiler inlines calls in.
struct Inlining {
  enum class Rule { all, hot, none };
  Rule rule = Rule::all;
  std::string profile = {};  // a CPU profile whose packages keep it as well, relative to the spec's folder
  std::vector<std::string> keep = {};  // patterns of import paths that do, too, as go takes them; sorted
  bool operator==(const Inlining&) const = default;
};

struct BinarySpec {
  std::string main;                    // a folder of the module ("./cmd/api") or an import path
  std::string path;                    // in the image, absolute: "/usr/bin/api"
  std::vector<std::string> tags = {};  // Go build tags, sorted, each once
  std::vector<std::string> ldflags =
      {};  // one linker flag each, e.g. "-X=main.version=1.2"; not expanded yet
  Profile profile = Profile::small;
  std::optional<Lines> lines = {};  // instead of the profile's
  Inlining inlining = {};
  Cgo cgo = Cgo::off;
  Position where = {};

  // What becomes of the tables when the program is built with that profile.
  Lines lines_with(Profile used) const {
    return lines.value_or(used == Profile::smallest ? Lines::split : Lines::keep);
  }
};

struct Owner {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

struct FileSpec {
  std::string from;  // relative to the spec's folder, "config/" or "config/app.yaml"
  std::string to;    // in the image, absolute; ends in "/" when `from` goes inside it
  std::optional<std::uint32_t> mode =
      {};  // of files; directories keep 0755. Absent: 0644, or 0755 when executable
  Owner owner = {};
  bool allow_setid = false;  // setuid, setgid and sticky bits are wanted
  Position where = {};
};

// Debian packages that an image gets on top of its base.
struct PackagesSpec {
  std::vector<packages::PackageWish> wishes = {};  // sorted
  bool dependencies = true;                        // bring what they depend on, too
  std::vector<std::string> keep = {};  // of what is left out otherwise, e.g. "documentation"; sorted
  bool allow_setid = false;            // programs keep their setuid and setgid bits
  Position where = {};
};

struct ImageSpec {
  std::string name;
  std::vector<BinarySpec> binaries;  // at least one; the first is the entrypoint unless another is given
  std::string base = "static";       // "scratch", one of packages::bases(), or a place to read an image from
  PackagesSpec packages = {};
  std::vector<FileSpec> files = {};
  std::optional<std::string> user = {};  // as written: "nonroot", "1000", "1000:1000"
  std::vector<std::pair<std::string, std::string>> env = {};
  std::optional<std::vector<std::string>> entrypoint = {};
  std::optional<std::vector<std::string>> args = {};
  std::string working_dir = {};
  std::vector<std::string> ports = {};  // normalised: "8080/tcp"
  std::vector<std::string> volumes = {};
  std::string stop_signal = {};
  std::map<std::string, std::string> labels = {};       // not expanded yet
  std::map<std::string, std::string> annotations = {};  // not expanded yet
  std::vector<layers::Platform> platforms = {};         // empty: the host's
  layers::Compression compression =
      {};  // its level is the written one, else what the profiles of the programs ask for
  std::optional<layers::Compression::Level> level = {};  // as written
  std::vector<std::string> push = {};  // registry repositories, checked as references without tag and digest
  std::vector<std::string> tags = {};  // not expanded yet
  SizeLimits limits = {};
  std::optional<MemorySpec> memory = {};
  std::optional<SmokeSpec> smoke = {};
  Position where = {};
};

// What is done about files that look like secrets.
enum class Secrets { warn, deny };

// Where modules of Go and their checksums come from; "" is what environment and host say.
struct GoOrigins {
  std::string proxy = {};  // as GOPROXY
  std::string sumdb = {};  // as GOSUMDB
};

// Where machines share what they have built.
struct CacheSpec {
  std::string place = {};  // a repository; empty: nowhere
  std::string trust = {};  // the public key whose signature records need, as --key takes it; empty: none
  Position where = {};
};

struct DebianSpec {
  std::vector<packages::PackageArchive> archives = {};  // none: those of the host's apt
  std::vector<std::string> stores = {};                 // repositories that `whittle lock --store` has filled
};

struct Spec {
  std::filesystem::path file;    // as the user named it; empty for a build without a spec
  std::filesystem::path folder;  // what `main` and `files` are relative to
  std::string go_version = {};   // "1.26.8", "1.26" for its newest release, or "": what go.mod says
  GoOrigins go_origins = {};
  std::vector<std::string> replacements =
      {};  // folders outside the repository that go.mod may take modules from
  DebianSpec debian = {};
  CacheSpec cache = {};
  std::vector<ImageSpec> images = {};  // in the order of the file
  Secrets secrets = Secrets::warn;
  Digest digest = Digest::of(std::string_view());  // of the bytes that were read, once (hostile 26)
};

// Reads and checks the spec. Error(spec) with file:line:column (an unknown key suggests the nearest known
// one), Error(spec_limit) for what goes beyond 1 MiB, depth 64 or 100,000 nodes, Error(io) for what is no
// regular file.
Spec read_spec(const std::filesystem::path& file, const Limits& limits = {});
// The same for text that is already read; `name` stands for the file in messages.
Spec parse_spec(std::string_view text, const std::filesystem::path& name, const Limits& limits = {});

// The same with that profile for every program, whatever the spec says, and what it asks for in each image.
Spec with_profile(Spec spec, Profile profile);
// Settles the level of an image's compression: `smallest` when all of its programs are, unless one is
// written.
void settle_level(ImageSpec& image);

// The JSON Schema that `whittle schema` prints; schema/whittle.schema.json is a copy.
std::string spec_schema();

// A spec as if one image with one main had been written, all else default.
Spec spec_for_package(const std::filesystem::path& folder, const std::string& main,
                      const std::string& image_name);

}  // namespace whittle::builder
