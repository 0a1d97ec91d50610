#include "packages/deb_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "packages/ar_members.hpp"
#include "packages/deb_decoder.hpp"

namespace whittle::packages {
namespace {

using layers::FileEntry;
using layers::TarEntry;

constexpr std::uint64_t longest_version = 64;  // of the text "2.0\n"

// Whether a path is written as a package writes them: below the root, and without a way up.
bool is_inside(std::string_view path) {
  if (path.starts_with('/')) return false;
  while (!path.empty()) {
    const auto component = path.substr(0, path.find('/'));
    if (component == "..") return false;
    path.remove_prefix(std::min(path.size(), component.size() + 1));
  }
  return true;
}

std::string normal(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    const auto component = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), component.size() + 1));
    if (component.empty() || component == ".") continue;
    if (!result.empty()) result += '/';
    result += component;
  }
  return result;
}

}  // namespace

// Fills a DebFile, member by member.
class DebFile::Loader {
 public:
  Loader(DebFile& deb, const std::shared_ptr<const Fd>& file, const Where& where, const DebLimits& limits)
      : deb_(deb), file_(file), where_(where), limits_(limits) {}

  // deb(5), "FORMAT": three members in this order; others, of which nothing need be known, begin with an
  // underscore.
  void load() {
    const std::array<Step, 3> steps = {Step{"debian-binary", &Loader::read_version},
                                       Step{"control.tar", &Loader::read_control},
                                       Step{"data.tar", &Loader::read_data}};
    std::size_t found = 0;
    for (const auto& member : ar_members(file_, deb_.name_)) {
      if (member.name.starts_with('_')) continue;
      if (found == steps.size()) refuse(member, "does not belong into a package, or stands there twice");
      const auto& step = steps[found++];
      if (!member.name.starts_with(step.name))
        refuse(member, fmt::format("stands where {} belongs", step.name));
      in_context([&] { return fmt::format("reading {} of {}", escaped(member.name), deb_.name_); },
                 [&] { (this->*step.read)(member); });
    }
    if (found < steps.size())
      throw Error(ErrorKind::integrity, fmt::format("{} has no member {}", deb_.name_, steps[found].name));
  }

 private:
  struct Step {
    std::string_view name;
    void (Loader::*read)(const ArMember&);
  };
  [[noreturn]] void refuse(const ArMember& member, std::string_view why) const {
    throw Error(ErrorKind::integrity,
                fmt::format("the member {} of {} {}", shown(member.name), deb_.name_, why));
  }

  // "2.0"; a later minor number is compatible, another major one is not (deb(5)).
  void read_version(const ArMember& member) {
    if (member.name != "debian-binary") refuse(member, "stands where debian-binary belongs");
    FileRange range(file_, deb_.name_, member.offset, member.size);
    const auto text = read_all(range, longest_version, "its version");
    if (!text.starts_with("2.") || text.find('\n') == std::string::npos)
      throw Error(ErrorKind::unsupported, fmt::format("its format is {}, not 2.0", shown(text)));
  }

  std::unique_ptr<ByteSource> decoded(const ArMember& member, std::string_view tar,
                                      std::uint64_t bytes) const {
    return decode_member(std::make_unique<FileRange>(file_, deb_.name_, member.offset, member.size),
                         {member.name.substr(tar.size()), "it", bytes});
  }

  void read_control(const ArMember& member) {
    auto tar = read_all(*decoded(member, "control.tar", limits_.control), limits_.control, "it");
    TextSource source(tar);
    layers::TarReader reader(source, "it");
    while (const auto entry = reader.next()) {
      const auto path = checked(*entry);
      if (entry->type == '5') continue;
      if (path.find('/') != std::string::npos || !is_file(*entry)) refuse_entry(*entry, "is no control file");
      if (entry->offset + entry->size > tar.size()) refuse_entry(*entry, "is cut");
      if (!deb_.control_files_.emplace(path, tar.substr(entry->offset, entry->size)).second)
        refuse_entry(*entry, "is there twice");
    }
    if (deb_.control_file("control").empty()) throw Error(ErrorKind::integrity, "it has no file `control`");
  }

  void read_data(const ArMember& member) {
    number_ = 0;
    names_ = 0;
    const auto spool = std::make_shared<const Fd>(nameless_file(where_.scratch));
    const auto size = fill(*spool, *decoded(member, "data.tar", limits_.data));
    FileRange all(spool, where_.scratch, 0, size);
    layers::TarReader reader(all, "it", [&](std::uint64_t bytes) { return all.jump(bytes); });
    while (const auto entry = reader.next()) {
      throw_if_stopped(where_.stop);
      add(*entry, spool);
    }
    while (const auto count = all.read(buffer_))
      if (std::any_of(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(count),
                      [](std::byte byte) { return byte != std::byte{}; }))
        throw Error(ErrorKind::integrity, "there is something behind the end of its tar");
  }

  std::uint64_t fill(const Fd& spool, ByteSource& source) {
    std::uint64_t size = 0;
    while (const auto count = source.read(buffer_)) {
      throw_if_stopped(where_.stop);
      write_at(spool, Bytes(buffer_).first(count), size, where_.scratch);
      size += count;
    }
    return size;
  }

  [[noreturn]] void refuse_entry(const TarEntry& entry, std::string_view why,
                                 ErrorKind kind = ErrorKind::integrity) const {
    throw Error(kind, fmt::format("its entry {}, {}, {}", number_, shown(entry.written), why));
  }

  static bool is_file(const TarEntry& entry) {
    return entry.type == '0' || entry.type == '\0' || entry.type == '7';
  }

  // The normal form of an entry's path, within the limits.
  std::string checked(const TarEntry& entry) {
    ++number_;
    names_ += entry.written.size() + entry.target.size();
    const auto beyond = [&](std::string_view what, std::uint64_t limit) {
      refuse_entry(entry, fmt::format("is beyond the limit of {} {}", limit, what), ErrorKind::limit);
    };
    if (number_ > limits_.entries) beyond("entries", limits_.entries);
    if (names_ > limits_.names) beyond("bytes of names", limits_.names);
    if (std::max(entry.written.size(), entry.target.size()) > limits_.path)
      beyond("bytes of a name", limits_.path);
    if (!is_inside(entry.written)) refuse_entry(entry, "leads out of the package");
    if (entry.sparse) refuse_entry(entry, "is stored as a sparse file", ErrorKind::unsupported);
    auto path = normal(entry.written);
    if (static_cast<std::uint64_t>(std::count(path.begin(), path.end(), '/')) >= limits_.depth)
      beyond("nested folders", limits_.depth);
    if (path.empty() && entry.type != '5') refuse_entry(entry, "stands for the root but is not a folder");
    return path;
  }

  void add(const TarEntry& entry, const std::shared_ptr<const Fd>& spool) {
    DebEntry added{checked(entry), {}};
    if (added.path.empty()) return;  // the root itself
    added.file.mode = entry.mode;
    added.file.uid = entry.uid;
    added.file.gid = entry.gid;
    if (entry.size != 0 && !is_file(entry)) refuse_entry(entry, "has content, and is no file");
    set_type(entry, added, spool);
    const auto [slot, is_new] = places_.emplace(added.path, deb_.entries_.size());
    if (!is_new) refuse_entry(entry, "is there twice");
    deb_.entries_.push_back(std::move(added));
  }

  void set_type(const TarEntry& entry, DebEntry& added, const std::shared_ptr<const Fd>& spool) {
    FileEntry& file = added.file;
    if (is_file(entry)) return set_content(entry, file, spool);
    switch (entry.type) {
      case '5':
        file.type = FileEntry::Type::directory;
        return;
      case '2':
        file.type = FileEntry::Type::symlink;
        file.link_target = entry.target;
        if (entry.target.empty()) refuse_entry(entry, "is a symbolic link to nothing");
        return;
      case '1':
        return set_hard_link(entry, file);
      case '3':
      case '4':
      case '6':
        refuse_entry(entry, "is a device or a FIFO", ErrorKind::unsupported);
      default:
        refuse_entry(entry, fmt::format("is of the unknown type {}", shown(std::string_view(&entry.type, 1))),
                     ErrorKind::unsupported);
    }
  }

  void set_content(const TarEntry& entry, FileEntry& file, const std::shared_ptr<const Fd>& spool) {
    file.size = entry.size;
    file.is_private = true;  // nobody else has the file without a name
    file.open = [spool, offset = entry.offset, size = entry.size, name = where_.scratch] {
      return std::make_unique<FileRange>(spool, name, offset, size);
    };
    Hasher hasher;
    const auto content = file.open();
    while (const auto count = content->read(buffer_)) hasher.write(Bytes(buffer_).first(count));
    file.content = hasher.finish();
  }

  // Its file stands before it. One to a symbolic link is another symbolic link (hostile 63).
  void set_hard_link(const TarEntry& entry, FileEntry& file) {
    const auto target = is_inside(entry.target) ? normal(entry.target) : std::string();
    const auto found = places_.find(target);
    const auto refuse_link = [&](std::string_view why) {
      refuse_entry(entry, fmt::format("is a hard link to {}, which {}", shown(entry.target), why));
    };
    if (found == places_.end()) refuse_link("is not before it");
    const auto& first = deb_.entries_[found->second].file;
    if (first.type == FileEntry::Type::directory) refuse_link("is a folder");
    file = first;
    if (first.type == FileEntry::Type::file) {
      file.type = FileEntry::Type::hardlink;
      file.link_target = target;
    }
  }

  DebFile& deb_;
  const std::shared_ptr<const Fd>& file_;
  const Where& where_;
  const DebLimits& limits_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(stream_buffer_size);
  std::map<std::string, std::size_t, std::less<>> places_;  // of the entries
  std::uint64_t number_ = 0;
  std::uint64_t names_ = 0;
};

DebFile::DebFile(const std::shared_ptr<const Fd>& deb, std::string name, const Where& where,
                 const DebLimits& limits)
    : name_(std::move(name)) {
  Loader(*this, deb, where, limits).load();
}

std::string_view DebFile::control_file(std::string_view name) const {
  const auto found = control_files_.find(name);
  return found == control_files_.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace whittle::packages
