#include <fmt/format.h>

#include <array>

#include "builder/spec_fields.hpp"
#include "builder/spec_tables.hpp"

namespace whittle::builder {
namespace {

// A setting of the one program of the short form. `main` comes first in the table, so it is read by now.
BinaryDraft& setting_of_main(const Value& value, ImageDraft& draft) {
  draft.main_settings.push_back(value);
  if (!draft.main) {
    if (!draft.binaries_value) value.refuse("this goes with `main`, which is missing");
    draft.main_settings.front().refuse("this goes with `main`; beside `binaries` write it in each entry");
  }
  return *draft.main;
}

std::string read_volume(const Value& value) {
  return read_image_path(value, TrailingSlash::refused);
}

void read_compression(const Value& value, ImageSpec& image) {
  if (!value.is_mapping()) return read_format(value, image.compression);
  read_mapping(value, compression_keys(), image.compression);
  if (value.find("level")) image.level = image.compression.level;
}

std::vector<std::string> read_pushes(const Value& value) {
  if (value.is_list()) return read_distinct<std::string>(value, read_push);
  return {read_push(value)};
}

std::vector<layers::Platform> read_platforms(const Value& value) {
  auto platforms = read_distinct<layers::Platform>(value, read_platform);
  if (platforms.empty())
    value.refuse("the list is empty; leave the key out to build for the host's platform");
  return platforms;
}

}  // namespace

Keys<layers::Compression> compression_keys() {
  using layers::Compression;
  static constexpr std::array<Key<Compression>, 2> keys = {{
      {"format", [](const Value& value, Compression& result) { read_format(value, result); }},
      {"level", [](const Value& value, Compression& result) { result.level = read_level(value); }},
  }};
  return keys;
}

Keys<ImageDraft> image_keys() {
  static constexpr std::array<Key<ImageDraft>, 28> keys = {{
      {"main",
       [](const Value& v, ImageDraft& d) {
         d.main.emplace();
         d.main->main = read_main(v);
         d.main->where = v.where();
       }},
      {"binaries",
       [](const Value& v, ImageDraft& d) {
         d.binaries_value = v;
         for (const auto& entry : v.list()) d.binaries.push_back(read_binary(entry));
       }},
      {"build-tags", [](const Value& v, ImageDraft& d) { setting_of_main(v, d).tags = read_build_tags(v); }},
      {"ldflags",
       [](const Value& v, ImageDraft& d) { setting_of_main(v, d).ldflags = read_linker_flags(v); }},
      {"profile", [](const Value& v, ImageDraft& d) { setting_of_main(v, d).profile = read_profile(v); }},
      {"lines", [](const Value& v, ImageDraft& d) { setting_of_main(v, d).lines = read_lines(v); }},
      {"inlining", [](const Value& v, ImageDraft& d) { setting_of_main(v, d).inlining = read_inlining(v); }},
      {"cgo", [](const Value& v, ImageDraft& d) { setting_of_main(v, d).cgo = read_cgo(v); }},
      {"base", [](const Value& v, ImageDraft& d) { d.image.base = read_base(v); }},
      {"packages", [](const Value& v, ImageDraft& d) { d.image.packages = read_packages(v); }},
      {"files", [](const Value& v, ImageDraft& d) { d.image.files = read_files(v); }},
      {"user", [](const Value& v, ImageDraft& d) { d.image.user = read_user(v); }},
      {"env", [](const Value& v, ImageDraft& d) { d.image.env = read_environment(v); }},
      {"entrypoint", [](const Value& v, ImageDraft& d) { d.image.entrypoint = v.texts(); }},
      {"args", [](const Value& v, ImageDraft& d) { d.image.args = v.texts(); }},
      {"working-dir",
       [](const Value& v, ImageDraft& d) {
         d.image.working_dir = v.text() == "/" ? "/" : read_image_path(v, TrailingSlash::refused);
       }},
      {"ports",
       [](const Value& v, ImageDraft& d) { d.image.ports = read_distinct<std::string>(v, read_port); }},
      {"volumes",
       [](const Value& v, ImageDraft& d) { d.image.volumes = read_distinct<std::string>(v, read_volume); }},
      {"stop-signal", [](const Value& v, ImageDraft& d) { d.image.stop_signal = read_stop_signal(v); }},
      {"labels", [](const Value& v, ImageDraft& d) { d.image.labels = read_labels(v); }},
      {"annotations", [](const Value& v, ImageDraft& d) { d.image.annotations = read_labels(v); }},
      {"platforms", [](const Value& v, ImageDraft& d) { d.image.platforms = read_platforms(v); }},
      {"compression", [](const Value& v, ImageDraft& d) { read_compression(v, d.image); }},
      {"push", [](const Value& v, ImageDraft& d) { d.image.push = read_pushes(v); }},
      {"tags", [](const Value& v, ImageDraft& d) { d.image.tags = read_distinct<std::string>(v, read_tag); }},
      {"limits", [](const Value& v, ImageDraft& d) { d.image.limits = read_limits(v); }},
      {"memory", [](const Value& v, ImageDraft& d) { d.image.memory = read_memory(v); }},
      {"smoke", [](const Value& v, ImageDraft& d) { d.image.smoke = read_smoke(v); }},
  }};
  return keys;
}

ImageSpec read_image(const Value& image, Profile default_profile) {
  check_image_name(image);
  ImageDraft draft;
  draft.image.name = image.key();
  draft.image.where = image.where();
  read_mapping(image, image_keys(), draft);
  auto result = draft.image;
  settle_binaries(image, draft, default_profile, result);
  settle_level(result);
  return result;
}

}  // namespace whittle::builder
