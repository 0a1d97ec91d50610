#include "builder/context_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "builder/folder_entries.hpp"
#include "builder/ignore.hpp"
#include "builder/secrets.hpp"
#include "common/contained_folder.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/twin_names.hpp"

namespace whittle::builder {
namespace {

using layers::FileEntry;
using Links = ContainedFolder::Links;

constexpr std::size_t largest_ignore_file = 16U << 20U;

std::string in_image(const FileSpec& spec, std::string_view below) {
  auto path = spec.to.substr(1);
  if (!below.empty() && !path.empty() && !path.ends_with('/')) path += '/';
  path += below;
  while (path.ends_with('/')) path.pop_back();
  return path;
}

std::string_view base_of(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.rfind('/') + 1);
}

// Collects the files of one context.
class ContextCollector {
 public:
  ContextCollector(const std::filesystem::path& context, Secrets secrets, const DigestFile& digest_of,
                   layers::FileTree& tree, Reporter& reporter, const std::stop_token& stop)
      : context_(std::make_shared<ContainedFolder>(context)),
        secrets_(secrets),
        digest_of_(digest_of),
        tree_(tree),
        reporter_(reporter),
        stop_(stop) {
    for (const std::string_view name : {".dockerignore", ".whittleignore"}) read_ignore_file(name);
  }

  void add(const FileSpec& spec) {
    auto from = spec.from;
    const bool wants_folder = from.ends_with('/') || from == ".";
    while (from.ends_with('/')) from.pop_back();
    const auto opened = context_->open(from, O_PATH | (wants_folder ? 0 : O_NOFOLLOW), Links::inside);
    if (!opened.fd) refuse_source(spec, opened.error_number);
    const auto status = status_of(opened.fd, from);
    if (wants_folder && !S_ISDIR(status.st_mode)) refuse(spec, "it is no folder, though it ends in a slash");
    const auto before = taken_;
    if (S_ISDIR(status.st_mode)) {
      add_folder(spec, from == "." ? std::string() : from);
    } else if (!rules_.ignores(from)) {
      add_entry(spec, from, in_image(spec, spec.to.ends_with('/') ? base_of(from) : std::string_view()),
                status);
    }
    if (taken_ == before) refuse(spec, "an ignore file leaves out all of it");
  }

  void warn_of_twins() const {
    std::vector<std::string_view> paths;
    for (const auto& item : tree_.entries()) paths.push_back(item.first);
    if (const auto twins = layers::find_twins(paths)) reporter_.warn("in the image, " + twins->text());
  }

 private:
  void read_ignore_file(std::string_view name) {
    auto opened = context_->open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY, Links::inside);
    const auto path = context_->path_of(name);
    if (opened.error_number == ENOENT) return;
    if (opened.error_number == EXDEV)
      throw Error(ErrorKind::spec,
                  fmt::format("{} is a symbolic link that leaves the context", shown(path.native())));
    if (!opened.fd) throw_errno(opened.error_number, doing("opening", name));
    if (!S_ISREG(status_of(opened.fd, name).st_mode))
      throw Error(ErrorKind::io, "it is not a regular file").context(doing("reading", name));
    FileSource source(std::make_shared<const Fd>(std::move(opened.fd)), path);
    rules_.add(in_context([&] { return doing("reading", name); },
                          [&] { return read_all(source, largest_ignore_file, "the ignore file"); }),
               path.native());
  }

  // Walks a folder without recursion: its depth costs neither stack nor descriptors.
  void add_folder(const FileSpec& spec, const std::string& from) {
    struct Pending {
      std::string path;   // relative to the context; "" is the context itself
      std::string below;  // relative to `from`
      bool ignored;
    };
    std::vector<Pending> pending{{from, "", !from.empty() && rules_.ignores(from)}};
    while (!pending.empty()) {
      const auto folder = std::move(pending.back());
      pending.pop_back();
      throw_if_stopped(stop_);
      if (!folder.ignored) add_directory(spec, folder.path, in_image(spec, folder.below));
      for (const auto& name : entries_of(folder.path, folder.path == from)) {
        const auto separated = [&](const std::string& parent) {
          return parent.empty() ? name : parent + '/' + name;
        };
        const auto path = separated(folder.path);
        const bool ignored = rules_.ignores(path);
        const auto opened = context_->open(path, O_PATH | O_NOFOLLOW, Links::inside);
        if (!opened.fd && ignored) continue;
        if (!opened.fd) changed(path, opened.error_number);
        const auto status = status_of(opened.fd, path);
        if (S_ISDIR(status.st_mode)) {
          if (!ignored || rules_.may_include_below(path))
            pending.push_back({path, separated(folder.below), ignored});
        } else if (!ignored) {
          add_entry(spec, path, in_image(spec, separated(folder.below)), status);
        }
      }
    }
  }

  // Sorted, so that messages do not depend on the file system. The named folder itself may be behind a link.
  std::vector<std::string> entries_of(const std::string& path, bool named) const {
    const auto opened =
        context_->open(path, O_RDONLY | O_DIRECTORY | (named ? 0 : O_NOFOLLOW), Links::inside);
    if (!opened.fd) {
      if (opened.error_number == EACCES) throw_errno(EACCES, doing("opening", path));
      changed(path, opened.error_number);
    }
    return folder_entries(opened.fd.get(), doing("reading", path));
  }

  void add_directory(const FileSpec& spec, const std::string& path, const std::string& to) {
    if (!path.empty()) ++taken_;
    if (const auto rule = secret_folder_rule(path)) tell_secret(spec, path, *rule);
    if (to.empty() || directories_.contains(to)) return;
    directories_.emplace(to, path);
    FileEntry entry;
    entry.type = FileEntry::Type::directory;
    entry.mode = 0755;
    place(spec, path, to, std::move(entry));
  }

  void add_entry(const FileSpec& spec, const std::string& path, const std::string& to,
                 const struct stat& status) {
    throw_if_stopped(stop_);
    ++taken_;
    if (S_ISLNK(status.st_mode)) return place(spec, path, to, link_entry(spec, path));
    if (S_ISREG(status.st_mode)) return place(spec, path, to, file_entry(spec, path));
    const auto* const kind = S_ISFIFO(status.st_mode)   ? "a FIFO"
                             : S_ISSOCK(status.st_mode) ? "a socket"
                                                        : "a device";
    Error error(ErrorKind::io, fmt::format("{} is {}, which no image can hold", name_of(path), kind));
    error.hint("leave it out with a line in .whittleignore");
    throw error.context(spec.where.text());
  }

  FileEntry link_entry(const FileSpec& spec, const std::string& path) const {
    const auto link = context_->open(path, O_PATH | O_NOFOLLOW, Links::inside);
    if (!link.fd) changed(path, link.error_number);
    std::array<char, 4097> target{};
    const auto length = ::readlinkat(link.fd.get(), "", target.data(), target.size());
    if (length < 0) changed(path, errno);
    FileEntry entry;
    entry.type = FileEntry::Type::symlink;
    entry.link_target.assign(target.data(), static_cast<std::size_t>(length));
    const auto resolved = context_->open(path, O_PATH, Links::inside);
    const int error_number = resolved.error_number;
    if (resolved.fd) return entry;
    if (error_number == EACCES) throw_errno(error_number, doing("following", path));
    const auto* const why = error_number == ELOOP   ? "goes round in a loop"
                            : error_number == EXDEV ? "leaves the context"
                                                    : "leads nowhere";
    Error error(ErrorKind::policy,
                fmt::format("the symbolic link {} to {} {}", name_of(path), shown(entry.link_target), why));
    error.hint("leave it out with a line in .whittleignore, or put the file itself in its place");
    throw error.context(spec.where.text());
  }

  FileEntry file_entry(const FileSpec& spec, const std::string& path) const {
    const auto opened = context_->open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, Links::inside);
    if (!opened.fd) {
      if (opened.error_number == EACCES) throw_errno(EACCES, doing("opening", path));
      changed(path, opened.error_number);
    }
    const auto before = status_of(opened.fd, path);
    if (!S_ISREG(before.st_mode)) changed(path, 0);
    FileEntry entry;
    entry.size = static_cast<std::uint64_t>(before.st_size);
    entry.mode = spec.mode.value_or((before.st_mode & 0111U) != 0 ? 0755 : 0644);
    entry.content = digest_of_(opened.fd.get(), context_->path_of(path));
    if (const auto rule = secret_rule(path, head_of(opened.fd, path))) tell_secret(spec, path, *rule);
    const auto after = status_of(opened.fd, path);
    if (after.st_size != before.st_size || after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
        after.st_mtim.tv_nsec != before.st_mtim.tv_nsec)
      changed(path, 0);
    // Opened anew when the layer is written; whoever writes it checks size and digest.
    entry.open = [context = context_, path]() -> std::unique_ptr<ByteSource> {
      auto again = context->open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, Links::inside);
      const auto full = context->path_of(path);
      struct stat status {};
      const bool regular = again.fd && ::fstat(again.fd.get(), &status) == 0 && S_ISREG(status.st_mode);
      if (!regular)
        throw Error(ErrorKind::conflict, fmt::format("{} changed while it was read", shown(full.native())));
      return std::make_unique<FileSource>(std::make_shared<const Fd>(std::move(again.fd)), full);
    };
    return entry;
  }

  void place(const FileSpec& spec, const std::string& path, const std::string& to, FileEntry entry) {
    entry.uid = spec.owner.uid;
    entry.gid = spec.owner.gid;
    in_context([&] { return spec.where.text(); },
               [&] {
                 const auto [earlier, is_new] = sources_.emplace(to, path);
                 if (!is_new)
                   throw Error(ErrorKind::spec,
                               fmt::format("{} and {} both go to {} in the image", name_of(earlier->second),
                                           name_of(path), shown("/" + to)));
                 in_context([&] { return fmt::format("adding {}", name_of(path)); },
                            [&] { tree_.add(to, std::move(entry)); });
               });
  }

  // The start of a file, for the rules on secrets.
  std::string head_of(const Fd& fd, const std::string& path) const {
    std::string head(secret_head_size, '\0');
    const auto count = ::pread(fd.get(), head.data(), head.size(), 0);
    if (count < 0) throw_errno(errno, doing("reading", path));
    head.resize(static_cast<std::size_t>(count));
    return head;
  }

  struct stat status_of(const Fd& fd, std::string_view path) const {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) throw_errno(errno, doing("examining", path));
    return status;
  }

  void tell_secret(const FileSpec& spec, const std::string& path, std::string_view rule) const {
    if (secrets_ == Secrets::deny)
      throw Error(ErrorKind::policy,
                  fmt::format("{}: {} looks like a secret ({}), and the spec has `secrets: deny`",
                              spec.where.text(), name_of(path), rule))
          .hint("leave it out with a line in .whittleignore");
    reporter_.warn(
        fmt::format("{}: {} goes into the image and looks like a secret ({}); leave it out with a line in "
                    ".whittleignore",
                    spec.where.text(), name_of(path), rule));
  }

  [[noreturn]] static void refuse(const FileSpec& spec, std::string_view why) {
    throw Error(ErrorKind::spec, fmt::format("{}: `from` {}: {}", spec.where.text(), shown(spec.from), why));
  }

  [[noreturn]] void refuse_source(const FileSpec& spec, int error_number) const {
    if (error_number == EXDEV) {
      std::error_code ignored;
      const auto real = std::filesystem::weakly_canonical(context_->path_of(spec.from), ignored);
      refuse(spec,
             fmt::format("it leaves the spec's folder by a symbolic link, to {}", shown(real.native())));
    }
    if (error_number == ELOOP) refuse(spec, "its symbolic links go round in a loop");
    if (error_number == ENOENT || error_number == ENOTDIR) {
      const bool pattern = spec.from.find_first_of("*?[") != std::string::npos;
      refuse(spec, pattern ? "there is no such file or folder (patterns are not expanded)"
                           : "there is no such file or folder");
    }
    try {
      throw_errno(error_number, doing("opening", spec.from));
    } catch (Error& error) {
      throw error.context(spec.where.text());
    }
  }

  // Something was there a moment ago and is now gone or of another kind.
  [[noreturn]] void changed(std::string_view path, int error_number) const {
    if (error_number != 0 && error_number != ENOENT && error_number != ELOOP && error_number != ENOTDIR &&
        error_number != ENXIO && error_number != EXDEV)
      throw_errno(error_number, doing("opening", path));
    throw Error(ErrorKind::conflict, fmt::format("{} changed while it was read", name_of(path)));
  }

  std::string name_of(std::string_view path) const { return shown(context_->path_of(path).native()); }
  std::string doing(std::string_view verb, std::string_view path) const {
    return fmt::format("{} {}", verb, escaped(context_->path_of(path).native(), false, 4096));
  }

  std::shared_ptr<const ContainedFolder> context_;  // the entries of the tree keep it open
  Secrets secrets_;
  const DigestFile& digest_of_;
  layers::FileTree& tree_;
  Reporter& reporter_;
  const std::stop_token& stop_;
  IgnoreRules rules_;
  std::map<std::string, std::string> sources_;      // image path → what went there
  std::map<std::string, std::string> directories_;  // those that several entries may share
  std::size_t taken_ = 0;
};

}  // namespace

void add_context_files(const std::filesystem::path& context, const std::vector<FileSpec>& files,
                       Secrets secrets, const DigestFile& digest_of, layers::FileTree& tree,
                       Reporter& reporter, const std::stop_token& stop) {
  ContextCollector collector(context, secrets, digest_of, tree, reporter, stop);
  for (const auto& file : files) collector.add(file);
  collector.warn_of_twins();
}

}  // namespace whittle::builder
