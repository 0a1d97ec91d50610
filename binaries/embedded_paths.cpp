#include "binaries/embedded_paths.hpp"

#include <algorithm>

namespace whittle::binaries {
namespace {

bool is_absolute(std::string_view path) {
  return path.starts_with('/') || (path.size() > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/'));
}

std::string_view folder_of(std::string_view path) {
  const auto slash = path.find_last_of("/\\");
  return path.substr(0, slash == std::string_view::npos ? 0 : slash);
}

// The longest folder that both are in or below.
std::string_view common_folder(std::string_view a, std::string_view b) {
  const auto end = static_cast<std::size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())),
                    b.begin())
          .first -
      a.begin());
  const auto ends_name = [end](std::string_view path) { return end == path.size() || path[end] == '/'; };
  if (ends_name(a) && ends_name(b)) return a.substr(0, end);
  return folder_of(a.substr(0, end));
}

void add(EmbeddedRoot& root, std::string_view folder, std::string_view file) {
  root.path = std::string(root.files == 0 ? folder : common_folder(root.path, folder));
  if (root.files++ == 0) root.example = file;
}

// Go's own folder, known by the files of the runtime.
std::string toolchain_of(const GoFunctions& functions) {
  std::string folder;
  functions.for_each_file([&](std::string_view file) {
    const auto at = file.find("/src/runtime/");
    if (folder.empty() && is_absolute(file) && at != std::string_view::npos) folder = file.substr(0, at);
  });
  return folder;
}

}  // namespace

std::vector<EmbeddedRoot> embedded_roots(const GoFunctions& functions) {
  constexpr std::string_view cache = "/pkg/mod/";
  EmbeddedRoot toolchain{EmbeddedRoot::Kind::toolchain, {}, 0, {}};
  EmbeddedRoot modules{EmbeddedRoot::Kind::module_cache, {}, 0, {}};
  EmbeddedRoot sources{EmbeddedRoot::Kind::sources, {}, 0, {}};
  const auto go_folder = toolchain_of(functions);
  functions.for_each_file([&](std::string_view file) {
    if (!is_absolute(file)) return;
    if (!go_folder.empty() && file.starts_with(go_folder + "/src/"))
      add(toolchain, go_folder, file);
    else if (const auto at = file.find(cache); at != std::string_view::npos)
      add(modules, file.substr(0, at + cache.size() - 1), file);
    else
      add(sources, folder_of(file), file);
  });
  std::vector<EmbeddedRoot> found;
  for (auto* root : {&toolchain, &modules, &sources})
    if (root->files > 0) found.push_back(std::move(*root));
  return found;
}

std::vector<std::optional<std::uint64_t>> find_texts(const RandomAccess& file,
                                                     const std::vector<std::string>& texts) {
  constexpr std::size_t block_size = 1U << 20U;
  constexpr std::size_t overlap = 4'096;
  std::vector<std::optional<std::uint64_t>> found(texts.size());
  for (std::uint64_t offset = 0; offset < file.size(); offset += block_size) {
    const auto block = file.read(offset, block_size + overlap);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (found[i] || texts[i].empty() || texts[i].size() > overlap) continue;
      if (const auto at = block.find(texts[i]); at != std::string::npos) found[i] = offset + at;
    }
  }
  return found;
}

}  // namespace whittle::binaries
