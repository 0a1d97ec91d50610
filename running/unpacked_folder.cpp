#include "running/unpacked_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "common/error.hpp"
#include "common/text.hpp"
#include "toolchains/unpack_toolchain.hpp"

namespace whittle::running {
namespace fs = std::filesystem;
namespace {

std::string named(const fs::path& path) {
  return escaped(path.native(), false, 4096);
}

fs::path without_slash(fs::path place) {
  place = place.lexically_normal();
  return place.has_filename() ? place : place.parent_path();
}

void check_place(const fs::path& place) {
  std::error_code error;
  const auto status = fs::symlink_status(place, error);
  if (status.type() == fs::file_type::not_found) {
    if (fs::is_directory(place.parent_path(), error)) return;
    throw Error(ErrorKind::not_found,
                fmt::format("there is no folder {} to make it in", named(place.parent_path())));
  }
  if (error) throw_errno(error.value(), fmt::format("looking at {}", named(place)));
  const bool empty = fs::is_directory(status) && fs::is_empty(place, error);
  if (error) throw_errno(error.value(), fmt::format("looking into {}", named(place)));
  if (!empty)
    throw Error(ErrorKind::usage, fmt::format("{} is there already and is no empty folder", named(place)))
        .hint("name a new folder: what is there is never mixed with what an image holds");
}

}  // namespace

UnpackedFolder::UnpackedFolder(fs::path place) : place_(without_slash(std::move(place))) {
  check_place(place_);
  temporary_ = std::make_unique<TemporaryFolder>(place_.parent_path());
}

UnpackedFolder::~UnpackedFolder() {
  try {
    // Folders of the image may forbid their owner to remove what is in them.
    toolchains::remove_sealed(temporary_->path());
  } catch (const Error&) {  // what stays has the name of something temporary
  }
}

void UnpackedFolder::commit() {
  commit("");
}

void UnpackedFolder::commit(const fs::path& part) {
  const auto from = part.empty() ? path() : path() / part;
  // rename(2) replaces a folder that is empty, and no other.
  if (std::rename(from.c_str(), place_.c_str()) == 0) return;
  if (errno == EBUSY)
    throw Error(ErrorKind::io, fmt::format("{} is a mount point, which cannot be replaced", named(place_)))
        .hint("name a folder inside it");
  throw_errno(errno, fmt::format("putting the files to {}", named(place_)));
}

}  // namespace whittle::running
