// Where files lie that say what else is in an image.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace whittle::evidence {

enum class FileKind { dpkg, apk, copyright, os_release };

inline constexpr std::size_t largest_text = 4U << 20U;  // bytes of a copyright or os-release file
inline constexpr std::string_view dpkg_folder =
    "var/lib/dpkg/status.d/";  // a file for each package: distroless
inline constexpr std::array<std::string_view, 3> single_databases = {
    "var/lib/dpkg/status", "lib/apk/db/installed", "usr/lib/apk/db/installed"};
inline constexpr std::array<std::string_view, 2> os_releases = {"etc/os-release", "usr/lib/os-release"};

// What a file of that path would be; nothing for one like any other.
std::optional<FileKind> kind_of_file(std::string_view path);

}  // namespace whittle::evidence
