#include "toolchains/unpack_toolchain.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <iterator>
#include <optional>
#include <system_error>

#include "common/contained_folder.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "toolchains/module_hash.hpp"
#include "toolchains/toolchain_folder.hpp"

namespace whittle::toolchains {
namespace fs = std::filesystem;
namespace {

using Links = ContainedFolder::Links;

// A file of this size or more is handed to a thread alone, before the others.
constexpr std::uint64_t large_file = 1U << 20U;

Fd open_folder(const ContainedFolder& root, const std::string& name) {
  auto opened = root.open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, Links::refused);
  if (!opened.fd) throw_path_errno(opened.error_number, "opening the folder", root.path_of(name));
  return std::move(opened.fd);
}

// The files of one folder, or one large file: what a thread does in one go.
struct Batch {
  std::string folder;
  std::vector<std::size_t> files;
  std::uint64_t size = 0;
};

std::vector<Batch> batches_of(const std::vector<ModuleZip::File>& files) {
  std::vector<Batch> batches;
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto folder = split_path(files[i].name).first;
    const bool alone = files[i].size >= large_file;
    const bool joins =
        !alone && !batches.empty() && batches.back().folder == folder && batches.back().size < large_file;
    if (!joins) batches.push_back({std::move(folder), {}, 0});
    batches.back().files.push_back(i);
    batches.back().size += files[i].size;
  }
  // The largest first, lest one thread still works on it when the others are done.
  std::stable_sort(batches.begin(), batches.end(),
                   [](const auto& a, const auto& b) { return a.size > b.size; });
  return batches;
}

}  // namespace

std::string unpack_toolchain(const ModuleZip& zip, const fs::path& root_path, unsigned threads,
                             const std::stop_token& stop, const std::function<void(std::uint64_t)>& advance) {
  ToolchainFolder root(root_path);
  const auto& files = zip.files();
  for (const auto& file : files) root.make_folder(split_path(file.name).first);
  const auto batches = batches_of(files);
  std::vector<std::optional<Digest>> digests(files.size());
  const auto unpack = [&](const Batch& batch, ZipReader& reader) {
    const auto folder = root.open_folder(batch.folder);
    for (const auto index : batch.files) {
      const auto content = zip.read(index, reader);
      digests[index] = Digest::of(content);
      root.make_file(folder, files[index].name, content);
    }
    if (advance) advance(batch.size);
  };
  std::atomic<std::size_t> next = 0;
  parallel_for(std::max(threads, 1U), threads, stop, [&](std::size_t) {
    ZipReader reader;
    for (auto i = next++; i < batches.size(); i = next++) {
      throw_if_stopped(stop);
      unpack(batches[i], reader);
    }
  });
  std::vector<HashedFile> hashed;
  for (std::size_t i = 0; i < files.size(); ++i)
    hashed.push_back({zip.prefix() + files[i].name, digests[i].value()});
  return module_hash(std::move(hashed));
}

void seal_folders(const fs::path& root_path) {
  const ContainedFolder root(root_path);
  std::vector<std::string> names{""};
  for (const auto& item : fs::recursive_directory_iterator(root_path))
    if (item.is_directory() && !item.is_symlink())
      names.push_back(item.path().lexically_relative(root_path).native());
  for (const auto& name : names) {
    const auto folder = open_folder(root, name);
    if (::fchmod(folder.get(), 0555) != 0) throw_path_errno(errno, "setting the mode of", root.path_of(name));
  }
}

void remove_sealed(const fs::path& root) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(root, error))) return;
  if (fs::is_directory(fs::symlink_status(root, error))) {
    fs::permissions(root, fs::perms::owner_all, error);
    // Each folder is made writable before it is entered.
    for (auto item = fs::recursive_directory_iterator(root, error); !error && item != fs::end(item);
         item.increment(error))
      if (fs::is_directory(item->symlink_status()))
        fs::permissions(item->path(), fs::perms::owner_all, error);
  }
  if (!error) fs::remove_all(root, error);
  if (error) throw_path_errno(error.value(), "removing", root);
}

}  // namespace whittle::toolchains
