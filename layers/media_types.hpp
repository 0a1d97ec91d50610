// The media types of OCI and of Docker's schema 2 (image-spec, media-types.md).
#pragma once

#include <string_view>

namespace whittle::layers::media_type {

inline constexpr std::string_view oci_index = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view oci_manifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view oci_config = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view oci_layer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr std::string_view oci_layer_gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr std::string_view oci_layer_zstd = "application/vnd.oci.image.layer.v1.tar+zstd";
// The configuration of an artifact that has none: the two bytes {}.
inline constexpr std::string_view empty = "application/vnd.oci.empty.v1+json";
inline constexpr std::string_view docker_index = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view docker_manifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view docker_config = "application/vnd.docker.container.image.v1+json";
inline constexpr std::string_view docker_layer_gzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";

inline constexpr bool is_index(std::string_view type) {
  return type == oci_index || type == docker_index;
}
inline constexpr bool is_manifest(std::string_view type) {
  return type == oci_manifest || type == docker_manifest;
}
inline constexpr bool is_config(std::string_view type) {
  return type == oci_config || type == docker_config;
}

}  // namespace whittle::layers::media_type
