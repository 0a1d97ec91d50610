#include "toolchains/arriving_toolchain.hpp"

#include <fmt/format.h>

#include "common/error.hpp"

namespace whittle::toolchains {

ArrivingToolchain::ArrivingToolchain(const std::filesystem::path& root, std::string_view module,
                                     std::string_view version)
    : root_(root),
      prefix_(module_prefix(module, version)),
      stream_(ZipLimits(), [this](const ArrivedFile& file) { take(file); }) {}

void ArrivingToolchain::write(Bytes bytes) {
  if (gave_up_) return;
  try {
    stream_.write(bytes);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    gave_up_ = true;
  }
}

void ArrivingToolchain::take(const ArrivedFile& file) {
  const std::string path(path_in_module(file.name, prefix_));
  const auto parent = split_path(path).first;
  if (!folder_ || parent != folder_name_) {
    root_.make_folder(parent);
    folder_ = root_.open_folder(parent);
    folder_name_ = parent;
  }
  root_.make_file(folder_, path, file.content);
  files_.push_back({path, file.content.size(), file.crc});
  hashed_.push_back({file.name, Digest::of(file.content)});
}

std::optional<std::string> ArrivingToolchain::hash(const ModuleZip& zip) const {
  if (gave_up_ || !stream_.is_at_directory() || files_ != zip.files()) return std::nullopt;
  return module_hash(hashed_);
}

}  // namespace whittle::toolchains
