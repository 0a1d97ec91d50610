#include "builder/spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "builder/spec_fields.hpp"
#include "builder/spec_tables.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "common/yaml.hpp"

namespace whittle::builder {
namespace {

[[noreturn]] void refuse_empty(const std::string& file) {
  Error error(ErrorKind::spec, fmt::format("{} describes no image", escaped(file, false, 4096)));
  error.hint("the least is\n  version: 1\n  images:\n    NAME:\n      main: ./cmd/NAME");
  throw error;
}

void read_version(const Value& value, SpecDraft& draft) {
  const auto version = value.text();
  if (!value.is_plain() || version != "1")
    value.refuse(fmt::format("takes the number 1, the only version there is; here is {}", shown(version)));
  draft.has_version = true;
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  const auto folder = file.parent_path();
  return folder.empty() ? "." : folder;
}

YamlLimits yaml_limits(const Limits& limits) {
  YamlLimits result;
  result.bytes = limits.spec_file;
  result.depth = limits.spec_depth;
  result.nodes = limits.alias_expansion;
  result.text_bytes = 4 * limits.spec_file;
  return result;
}

// Says which flags move the limits that parse_yaml() has.
template <class Work>
auto limited(const Work& work) {
  try {
    return work();
  } catch (Error& error) {
    if (error.kind() == ErrorKind::spec_limit)
      error.hint(
          "if this is your own file, `--limit spec-file=VALUE`, `spec-depth` or `alias-expansion` raises the "
          "limit");
    throw;
  }
}

}  // namespace

std::string Position::text() const {
  const auto name = escaped(file, false, 4096);
  return line == 0 ? name : fmt::format("{}:{}:{}", name, line, column);
}

std::string_view name_of(Profile profile) {
  switch (profile) {
    case Profile::debug:
      return "debug";
    case Profile::small:
      return "small";
    case Profile::smallest:
      return "smallest";
  }
  return "unknown";
}

std::string_view name_of(Cgo cgo) {
  switch (cgo) {
    case Cgo::off:
      return "off";
    case Cgo::any:
      return "static";
    case Cgo::musl:
      return "static-musl";
    case Cgo::glibc:
      return "static-glibc";
  }
  return "unknown";
}

std::optional<Profile> profile_named(std::string_view name) {
  for (const auto profile : {Profile::debug, Profile::small, Profile::smallest})
    if (name_of(profile) == name) return profile;
  return std::nullopt;
}

Keys<GoDraft> go_keys() {
  static constexpr std::array<Key<GoDraft>, 5> keys = {{
      {"version", [](const Value& value, GoDraft& go) { go.version = read_go_version(value); }},
      {"profile", [](const Value& value, GoDraft& go) { go.profile = read_profile(value); }},
      {"proxy", [](const Value& value, GoDraft& go) { go.origins.proxy = value.text(); }},
      {"replace", [](const Value& value, GoDraft& go) { go.replacements = value.texts(); }},
      {"sumdb", [](const Value& value, GoDraft& go) { go.origins.sumdb = value.text(); }},
  }};
  return keys;
}

// `go` comes before `images`, whose default profile it has.
Keys<SpecDraft> spec_keys() {
  static constexpr std::array<Key<SpecDraft>, 6> keys = {{
      {"version", read_version},
      {"go", [](const Value& value, SpecDraft& draft) { read_mapping(value, go_keys(), draft.go); }},
      {"images",
       [](const Value& value, SpecDraft& draft) {
         for (const auto& image : value.mapping())
           draft.images.push_back(read_image(image, draft.go.profile));
       }},
      {"secrets", [](const Value& value, SpecDraft& draft) { draft.secrets = read_secrets(value); }},
      {"debian", [](const Value& value, SpecDraft& draft) { draft.debian = read_debian(value); }},
      {"cache", [](const Value& value, SpecDraft& draft) { draft.cache = read_cache(value); }},
  }};
  return keys;
}

Spec parse_spec(std::string_view text, const std::filesystem::path& name, const Limits& limits) {
  const auto root = limited([&] { return parse_yaml(text, name.native(), yaml_limits(limits)); });
  if (!root || root->is_blank()) refuse_empty(name.native());
  const Value document(*root, name.native(), "");
  SpecDraft draft;
  // Before the keys are checked: a spec of another version may have others.
  if (document.is_mapping() && document.find("version")) read_version(*document.find("version"), draft);
  read_mapping(document, spec_keys(), draft);
  if (!draft.has_version) document.refuse("the spec has no `version: 1`");
  if (draft.images.empty()) refuse_empty(name.native());
  Spec spec;
  spec.file = name;
  spec.folder = folder_of(name);
  spec.go_version = std::move(draft.go.version);
  spec.go_origins = std::move(draft.go.origins);
  spec.replacements = std::move(draft.go.replacements);
  spec.debian = std::move(draft.debian);
  for (auto& archive : spec.debian.archives)
    for (auto& key : archive.keys) key.file = spec.folder / key.file;
  spec.cache = std::move(draft.cache);
  spec.images = std::move(draft.images);
  spec.secrets = draft.secrets;
  spec.digest = Digest::of(text);
  return spec;
}

Spec read_spec(const std::filesystem::path& file, const Limits& limits) {
  std::string text;
  try {
    text = read_file(file, limits.spec_file);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::machine_limit) throw;
    throw over_limit(ErrorKind::spec_limit, error.message(), &Limits::spec_file);
  }
  return parse_spec(text, file, limits);
}

void settle_level(ImageSpec& image) {
  using Level = layers::Compression::Level;
  const bool smallest = std::all_of(image.binaries.begin(), image.binaries.end(),
                                    [](const auto& binary) { return binary.profile == Profile::smallest; });
  image.compression.level = image.level.value_or(smallest ? Level::smallest : Level::balanced);
}

Spec with_profile(Spec spec, Profile profile) {
  for (auto& image : spec.images) {
    for (auto& binary : image.binaries) binary.profile = profile;
    settle_level(image);
  }
  return spec;
}

Spec spec_for_package(const std::filesystem::path& folder, const std::string& main,
                      const std::string& image_name) {
  BinarySpec binary;
  binary.main = main;
  binary.path = default_binary_path(main, image_name);
  ImageSpec image;
  image.name = image_name;
  image.binaries = {binary};
  Spec spec;
  spec.folder = folder;
  spec.images = {image};
  return spec;
}

}  // namespace whittle::builder
