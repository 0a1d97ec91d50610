#include "running/root_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::running {
namespace {

using layers::TarEntry;
constexpr std::size_t most_examples = 5;
constexpr auto links_refused = ContainedFolder::Links::refused;

std::pair<std::string, std::string> split(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

class RootWriter {
 public:
  RootWriter(const layers::MergedTree& tree, const StagedFiles& files, const ContainedFolder& root,
             const Ownership& ownership)
      : tree_(tree), files_(files), root_(root), ownership_(ownership) {}

  void make(const layers::MergedEntry& merged) {
    const std::string path(merged.path());
    if (merged.is_directory()) {
      if (!path.empty()) make_folder(path);
      ++written_.folders;
      return;
    }
    const auto entry = merged.header();
    if (!merged.is_file() && !merged.is_symbolic_link()) return leave_out(path, entry);
    const auto [parent, name] = split(path);
    const auto& folder = enter(parent);
    if (merged.is_symbolic_link()) {
      if (::symlinkat(entry.target.c_str(), folder.get(), name.c_str()) != 0) failed("linking", path);
      set_link_attributes(folder, name, entry, ownership_);
      ++written_.links;
    } else {
      files_.link(content_of(merged), folder, name);
      ++written_.files;
    }
  }

  // After all that is in it: a folder's time changes with its entries, and its mode may forbid them.
  void settle_folder(const layers::MergedEntry& folder) {
    const std::string path(folder.path());
    set_attributes(open(path, O_RDONLY), folder.header(), ownership_, written_.skipped);
  }

  WrittenRoot take() { return std::move(written_); }

 private:
  [[noreturn]] static void failed(std::string_view doing, const std::string& path) {
    throw_errno(errno, fmt::format("{} {}", doing, shown(path)));
  }

  const Digest& content_of(const layers::MergedEntry& file) const {
    const auto* content = tree_.content(file);
    if (content == nullptr)
      throw Error(ErrorKind::internal, fmt::format("the content of {} was not kept", shown(file.path())));
    return *content;
  }

  Fd open(const std::string& path, int flags) const {
    auto opened = root_.open(path, flags | O_DIRECTORY | O_NOFOLLOW, links_refused);
    if (!opened.fd) throw_errno(opened.error_number, fmt::format("opening the folder {}", shown(path)));
    return std::move(opened.fd);
  }

  // Entries come sorted, so that the next one is mostly in the same folder.
  const Fd& enter(const std::string& path) {
    if (!current_ || current_path_ != path) {
      make_folder(path);
      current_ = open(path, O_PATH);
      current_path_ = path;
    }
    return current_;
  }

  // With the folders above it: not every layer names them.
  void make_folder(const std::string& path) {
    if (path.empty()) return;
    if (root_.open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW, links_refused).fd) return;
    const auto [parent, name] = split(path);
    make_folder(parent);
    const auto folder = open(parent, O_PATH);
    if (::mkdirat(folder.get(), name.c_str(), 0755) != 0) failed("creating the folder", path);
    // Whatever the umask.
    const Fd made(::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!made || ::fchmod(made.get(), 0755) != 0) failed("setting the mode of", path);
    set_root_owner(made, ownership_);
  }

  void leave_out(const std::string& path, const TarEntry& entry) {
    ++written_.not_created;
    if (written_.examples.size() >= most_examples) return;
    const auto kind = entry.type == '6'
                          ? std::string("FIFO")
                          : fmt::format("{} device {}:{}", entry.type == '3' ? "character" : "block",
                                        entry.device_major, entry.device_minor);
    written_.examples.push_back(fmt::format("{} ({})", shown("/" + path), kind));
  }

  const layers::MergedTree& tree_;
  const StagedFiles& files_;
  const ContainedFolder& root_;
  Ownership ownership_;
  std::string current_path_;
  Fd current_;
  WrittenRoot written_;
};

}  // namespace

WrittenRoot write_root(const layers::MergedTree& tree, const StagedFiles& files, const ContainedFolder& root,
                       const Ownership& ownership) {
  RootWriter writer(tree, files, root, ownership);
  set_root_owner(root.open("", O_RDONLY | O_DIRECTORY, links_refused).fd, ownership);
  for (const auto& entry : tree.entries()) writer.make(entry);
  for (auto at = tree.entries().rbegin(); at != tree.entries().rend(); ++at)
    if (at->is_directory()) writer.settle_folder(*at);
  return writer.take();
}

}  // namespace whittle::running
