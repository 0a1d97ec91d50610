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

std::string read_volume(const Value& value) { return read_image_path(value, TrailingSlash::refused); }

void read_compression(const Value& value, layers::Compression& compression) {
  if (value.is_mapping()) return read_mapping(value, compression_keys(), compression);
  compression.format = read_format(value);
}

std::vector<std::string> read_pushes(const Value& value) {
  if (value.is_list()) return read_distinct<std::string>(value, read_push);
  return {read_push(value)};
}

std::vector<layers::Platform> read_platforms(const Value& value) {
  auto platforms = read_distinct<layers::Platform>(value, read_platform);
  if (platforms.empty()) value.refuse("the list is empty; leave the key out to build for the host's platform");
  return platforms;
}

}  // namespace

Keys<layers::Compression> compression_keys() {
  using layers::Compression;
  static constexpr std::array<Key<Compression>, 2> keys = {{
      {"format", [](const Value& value, Compression& result) { result.format = read_format(value); }},
      {"level", [](const Value& value, Compression& result) { result.level = read_level(value); }},
  }};
  return keys;
}

Keys<ImageDraft> image_keys() {
  static constexpr std::array<Key<ImageDraft>, 26> keys = {{
      {"main", [](const Value& value, ImageDraft& draft) {
         draft.main.emplace();
         draft.main->main = read_main(value);
         draft.main->where = value.where();
       }},
      {"binaries", [](const Value& value, ImageDraft& draft) {
         draft.binaries_value = value;
         for (const auto& entry : value.list()) draft.binaries.push_back(read_binary(entry));
       }},
      {"build-tags", [](const Value& value, ImageDraft& draft) {
         setting_of_main(value, draft).tags = read_build_tags(value);
       }},
      {"ldflags", [](const Value& value, ImageDraft& draft) {
         setting_of_main(value, draft).ldflags = read_linker_flags(value);
       }},
      {"profile", [](const Value& value, ImageDraft& draft) {
         setting_of_main(value, draft).profile = read_profile(value);
       }},
      {"base", [](const Value& value, ImageDraft& draft) { draft.image.base = read_base(value); }},
      {"files", [](const Value& value, ImageDraft& draft) { draft.image.files = read_files(value); }},
      {"user", [](const Value& value, ImageDraft& draft) { draft.image.user = read_user(value); }},
      {"env", [](const Value& value, ImageDraft& draft) { draft.image.env = read_environment(value); }},
      {"entrypoint", [](const Value& value, ImageDraft& draft) { draft.image.entrypoint = value.texts(); }},
      {"args", [](const Value& value, ImageDraft& draft) { draft.image.args = value.texts(); }},
      {"working-dir", [](const Value& value, ImageDraft& draft) {
         draft.image.working_dir = value.text() == "/" ? "/" : read_image_path(value, TrailingSlash::refused);
       }},
      {"ports", [](const Value& value, ImageDraft& draft) {
         draft.image.ports = read_distinct<std::string>(value, read_port);
       }},
      {"volumes", [](const Value& value, ImageDraft& draft) {
         draft.image.volumes = read_distinct<std::string>(value, read_volume);
       }},
      {"stop-signal", [](const Value& value, ImageDraft& draft) { draft.image.stop_signal = read_stop_signal(value); }},
      {"labels", [](const Value& value, ImageDraft& draft) { draft.image.labels = read_labels(value); }},
      {"annotations", [](const Value& value, ImageDraft& draft) { draft.image.annotations = read_labels(value); }},
      {"platforms", [](const Value& value, ImageDraft& draft) { draft.image.platforms = read_platforms(value); }},
      {"compression", [](const Value& value, ImageDraft& draft) {
         read_compression(value, draft.image.compression);
       }},
      {"push", [](const Value& value, ImageDraft& draft) { draft.image.push = read_pushes(value); }},
      {"tags", [](const Value& value, ImageDraft& draft) {
         draft.image.tags = read_distinct<std::string>(value, read_tag);
       }},
      {"cgo", nullptr},
      {"debian", nullptr},
      {"limits", nullptr},
      {"memory", nullptr},
      {"packages", nullptr},
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
  return result;
}

}  // namespace whittle::builder
