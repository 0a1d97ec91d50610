#include "registry/archive.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <vector>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/compression.hpp"
#include "layers/decoders.hpp"

namespace whittle::registry {
namespace {

namespace fs = std::filesystem;

constexpr int longest_read_wait = 200;  // milliseconds, until a stop is noticed

// Calls `each` with the components of a path that say something.
template <class Each>
void for_components(std::string_view path, const Each& each) {
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const auto component = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (!component.empty() && component != ".") each(component);
  }
}

// Whether a path, as it is written, goes above where it begins.
bool leads_outside(std::string_view path) {
  std::size_t depth = 0;
  bool outside = false;
  for_components(path, [&](std::string_view component) {
    if (component != "..")
      ++depth;
    else if (depth == 0)
      outside = true;
    else
      --depth;
  });
  return outside;
}

void leave_last(std::string& path) {
  const auto slash = path.rfind('/');
  path.resize(slash == std::string::npos ? 0 : slash);
}

std::string normal(std::string_view path) {
  std::string result;
  for_components(path, [&](std::string_view component) {
    if (component == "..") return leave_last(result);
    if (!result.empty()) result += '/';
    result += component;
  });
  return result;
}

// Reads a pipe, and notices a stop while nothing comes.
class PipeSource final : public ByteSource {
 public:
  PipeSource(std::shared_ptr<const Fd> fd, std::string name, std::stop_token stop)
      : fd_(std::move(fd)), name_(std::move(name)), stop_(std::move(stop)) {}
  std::size_t read(MutableBytes buffer) override {
    for (;;) {
      throw_if_stopped(stop_);
      pollfd asked{fd_->get(), POLLIN, 0};
      const int ready = ::poll(&asked, 1, longest_read_wait);
      if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
      if (ready < 0) throw_errno(errno, fmt::format("waiting for {}", name_));
      const auto count = ::read(fd_->get(), buffer.data(), buffer.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR && errno != EAGAIN) throw_errno(errno, fmt::format("reading {}", name_));
    }
  }

 private:
  std::shared_ptr<const Fd> fd_;
  std::string name_;
  std::stop_token stop_;
};

Fd open_input(const Archive::Where& where, const std::string& name) {
  if (where.file == "-") {
    Fd fd(::fcntl(where.standard_input, F_DUPFD_CLOEXEC, 3));
    if (!fd) throw_errno(errno, "opening standard input");
    return fd;
  }
  // Does not wait for the other end of a FIFO: reading does, and can be stopped.
  Fd fd(::open(where.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd) return fd;
  if (errno == ENOENT || errno == ENOTDIR)
    throw Error(ErrorKind::not_found, fmt::format("there is no archive {}", name));
  throw_errno(errno, fmt::format("opening {}", name));
}

struct stat archive_status(const Fd& fd, const std::string& name) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw_errno(errno, fmt::format("examining {}", name));
  return status;
}

bool is_compressed(const std::shared_ptr<const Fd>& fd, const std::string& name) {
  std::array<std::byte, 4> start{};
  FileRange range(fd, name, 0, start.size());
  std::size_t filled = 0;
  while (const auto count = filled < start.size() ? range.read(MutableBytes(start).subspan(filled)) : 0)
    filled += count;
  const auto bytes = Bytes(start).first(filled);
  return layers::begins_gzip(bytes) || layers::begins_zstd(bytes);
}

}  // namespace

std::shared_ptr<const Archive> Archive::open(const Where& where) {
  const auto name = where.file == "-" ? "standard input" : escaped(where.file.native(), false, 4096);
  const auto fd = std::make_shared<const Fd>(open_input(where, name));
  const auto mode = archive_status(*fd, name).st_mode;
  const bool plain = S_ISREG(mode);
  if (!plain && !S_ISFIFO(mode) && !S_ISSOCK(mode)) {
    Error error(ErrorKind::io,
                fmt::format("it is {}, not a file or a pipe", S_ISDIR(mode) ? "a folder" : "a device"));
    error.context(fmt::format("opening {}", name));
    throw error;
  }
  // Standard input may be a file that was read in part.
  const bool at_start = where.file != "-" || ::lseek(fd->get(), 0, SEEK_CUR) == 0;
  if (plain && at_start && !is_compressed(fd, name))
    return std::make_shared<const Archive>(fd, name, where.limits);
  std::unique_ptr<ByteSource> bytes;
  if (plain && at_start)
    bytes = std::make_unique<FileSource>(fd, name);
  else
    bytes = std::make_unique<PipeSource>(fd, name, where.stop);
  return spool(std::move(bytes), name, where.scratch, where.stop, where.limits);
}

std::shared_ptr<const Archive> Archive::spool(std::unique_ptr<ByteSource> bytes, std::string name,
                                              const fs::path& scratch, const std::stop_token& stop,
                                              const Limits& limits) {
  make_directories(scratch);
  const auto fd = std::make_shared<const Fd>(nameless_file(scratch));
  auto unbounded = limits;  // in bytes: they are counted here
  unbounded.uncompressed_layer = std::numeric_limits<std::uint64_t>::max();
  const auto plain = layers::decompress(std::move(bytes), name, unbounded);
  std::vector<std::byte> buffer(stream_buffer_size);
  std::uint64_t size = 0;
  while (const auto count = plain->read(buffer)) {
    throw_if_stopped(stop);
    if (size + count > limits.archive_size)
      throw over_limit(ErrorKind::limit,
                       fmt::format("{} has more than the limit of {} bytes", name, limits.archive_size),
                       &Limits::archive_size);
    write_at(*fd, Bytes(buffer).first(count), size, scratch);
    size += count;
  }
  return std::make_shared<const Archive>(fd, std::move(name), limits);
}

Archive::Archive(std::shared_ptr<const Fd> fd, std::string name, const Limits& limits)
    : fd_(std::move(fd)), name_(std::move(name)) {
  const auto size = static_cast<std::uint64_t>(archive_status(*fd_, name_).st_size);
  FileRange all(fd_, name_, 0, size);
  layers::TarReader reader(
      all, name_, [&](std::uint64_t bytes) { return all.jump(bytes); }, limits);
  std::uint64_t names = 0;
  for (std::uint64_t number = 1; auto entry = reader.next(); ++number) {
    names += entry->path.size() + entry->target.size();
    if (number > limits.archive_entries)
      throw over_limit(ErrorKind::limit,
                       fmt::format("{} has more than the limit of {} entries", name_, limits.archive_entries),
                       &Limits::archive_entries);
    if (entry->written.size() > member_path_limit || entry->target.size() > member_path_limit)
      throw Error(ErrorKind::limit, fmt::format("entry {} of {} has a name beyond the limit of {} bytes",
                                                number, name_, member_path_limit));
    if (names > archive_names_limit)
      throw Error(ErrorKind::limit, fmt::format("the names in {} are beyond the limit of {} bytes in all",
                                                name_, archive_names_limit));
    add(std::move(*entry), number);
  }
}

void Archive::add(layers::TarEntry entry, std::uint64_t number) {
  const auto broken = [&](std::string_view why) {
    throw Error(ErrorKind::integrity,
                fmt::format("entry {} of {}, {}, {}", number, name_, shown(entry.written), why));
  };
  if (entry.path.empty()) {
    if (entry.type != '5') broken("stands for the root but is not a folder");
    return;
  }
  auto node = entry.type == '1' ? linked(entry, number) : node_of(entry, number);
  const bool folder = node.kind == Node::Kind::folder;
  const auto [slot, added] = nodes_.emplace(std::move(entry.path), std::move(node));
  // Which of two is meant, readers disagree upon; folders say nothing.
  if (!added && (!folder || slot->second.kind != Node::Kind::folder))
    broken(fmt::format("is there twice, first as entry {}", slot->second.number));
}

Archive::Node Archive::node_of(const layers::TarEntry& entry, std::uint64_t number) const {
  using Kind = Node::Kind;
  if (entry.sparse)
    throw Error(ErrorKind::unsupported, fmt::format("entry {} of {}, {}, is stored as a sparse file", number,
                                                    name_, shown(entry.written)));
  const auto kind = entry.type == '5'                                              ? Kind::folder
                    : entry.type == '2'                                            ? Kind::symbolic_link
                    : entry.type == '0' || entry.type == '\0' || entry.type == '7' ? Kind::file
                                                                                   : Kind::other;
  return {kind, {entry.offset, kind == Kind::file ? entry.size : 0}, entry.target, number};
}

// A hard link is what it names, which must stand before it.
Archive::Node Archive::linked(const layers::TarEntry& entry, std::uint64_t number) const {
  const auto broken = [&](std::string_view why) {
    throw Error(ErrorKind::integrity, fmt::format("entry {} of {}, {}, is a hard link to {}{}", number, name_,
                                                  shown(entry.written), shown(entry.target), why));
  };
  if (entry.size != 0) broken(" and has content of its own");
  if (leads_outside(entry.target)) broken(", which leads out of the archive");
  const auto found = nodes_.find(normal(entry.target));
  if (found == nodes_.end()) broken(", which is not before it");
  if (found->second.kind == Node::Kind::folder) broken(", which is a folder");
  auto node = found->second;
  node.number = number;
  return node;
}

// Follows symbolic links as a file system would whose root is the archive's.
const Archive::Node* Archive::resolve(std::string_view path) const {
  std::vector<std::string> pending;  // components, the next one last
  const auto push = [&](std::string_view text) {
    std::vector<std::string> components;
    for_components(text, [&](std::string_view component) { components.emplace_back(component); });
    pending.insert(pending.end(), std::make_move_iterator(components.rbegin()),
                   std::make_move_iterator(components.rend()));
  };
  push(path);
  std::string current;
  const Node* node = nullptr;
  for (unsigned hops = 0; !pending.empty();) {
    const auto component = std::move(pending.back());
    pending.pop_back();
    node = nullptr;
    if (component == "..") {
      leave_last(current);
      continue;
    }
    const auto parent = current.size();
    if (!current.empty()) current += '/';
    current += component;
    const auto found = nodes_.find(current);
    node = found == nodes_.end() ? nullptr : &found->second;
    if (node != nullptr && node->kind == Node::Kind::symbolic_link) {
      if (++hops > link_hops_limit)
        throw Error(ErrorKind::integrity,
                    fmt::format("{} leads over more than {} symbolic links", naming(path), link_hops_limit));
      current.resize(node->target.starts_with('/') ? 0 : parent);
      push(node->target);
      node = nullptr;
    } else if (node != nullptr && node->kind != Node::Kind::folder && !pending.empty()) {
      return nullptr;  // something below what is no folder
    }
  }
  return node;
}

std::optional<Archive::Member> Archive::find(std::string_view path) const {
  if (leads_outside(path))
    throw Error(ErrorKind::integrity, fmt::format("{} leads out of the archive", naming(path)));
  const auto* node = resolve(path);
  if (node == nullptr) return std::nullopt;
  if (node->kind != Node::Kind::file)
    throw Error(ErrorKind::integrity, fmt::format("{} is not a regular file", naming(path)));
  return node->member;
}

std::unique_ptr<ByteSource> Archive::open_member(const Member& member) const {
  return std::make_unique<FileRange>(fd_, name_, member.offset, member.size);
}

std::optional<std::string> Archive::read(std::string_view path, std::size_t limit) const {
  const auto member = find(path);
  if (!member) return std::nullopt;
  if (member->size > limit)
    throw Error(ErrorKind::limit,
                fmt::format("{} has {} bytes, beyond the limit of {}", naming(path), member->size, limit));
  const auto source = open_member(*member);
  auto text = read_all(*source, limit, naming(path));
  if (text.size() != member->size)
    throw Error(ErrorKind::conflict, fmt::format("{} was shortened while it was read", name_));
  return text;
}

std::string Archive::naming(std::string_view path) const {
  return fmt::format("{} in {}", shown(path), name_);
}

}  // namespace whittle::registry
