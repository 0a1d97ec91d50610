#include "remote/input_tree.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "common/text.hpp"
#include "remote/wire.hpp"

namespace whittle::remote {
namespace {

struct Folder {
  std::map<std::string, InputTree::File, std::less<>> files = {};
  std::map<std::string, Folder, std::less<>> folders = {};
};

[[noreturn]] void refuse(std::string_view path, std::string_view why) {
  throw Error(ErrorKind::internal, fmt::format("{} cannot be an input of an action: {}", shown(path), why));
}

void place(Folder& root, std::string_view path, const InputTree::File& file) {
  Folder* folder = &root;
  std::string_view rest = path;
  for (auto slash = rest.find('/'); slash != std::string_view::npos; slash = rest.find('/')) {
    const auto name = rest.substr(0, slash);
    if (folder->files.contains(name)) refuse(path, "a file lies where its folder is");
    folder = &folder->folders[std::string(name)];
    rest.remove_prefix(slash + 1);
  }
  if (folder->folders.contains(rest)) refuse(path, "a folder lies there");
  folder->files.emplace(rest, file);
}

// "Directory": names sorted by their bytes, which the maps are.
BlobId write(const Folder& folder, BlobSet& blobs) {
  WireMessage message;
  for (const auto& [name, file] : folder.files) {
    WireMessage node;  // "FileNode"
    node.add(1, std::string_view(name)).add(2, message_of(file.blob));
    message.add(1, node.add(4, std::uint64_t{file.is_executable}));
  }
  for (const auto& [name, below] : folder.folders) {
    WireMessage node;  // "DirectoryNode"
    message.add(2, node.add(1, std::string_view(name)).add(2, message_of(write(below, blobs))));
  }
  return blobs.add(message.bytes());
}

}  // namespace

void InputTree::add(std::string_view path, File file) {
  for (std::size_t start = 0; start <= path.size();) {
    const auto end = std::min(path.find('/', start), path.size());
    const auto element = path.substr(start, end - start);
    if (element.empty() || element == "." || element == "..") refuse(path, "it is not a plain path");
    start = end + 1;
  }
  const auto [known, is_new] = files_.try_emplace(std::string(path), file);
  if (!is_new && known->second.blob != file.blob) refuse(path, "it has two contents");
}

BlobId InputTree::finish(BlobSet& blobs) const {
  Folder root;
  for (const auto& [path, file] : files_) place(root, path, file);
  return write(root, blobs);
}

}  // namespace whittle::remote
