#include "layers/tree_writer.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/tar_header.hpp"

namespace whittle::layers {
namespace {

[[noreturn]] void changed(const std::string& path, const std::string& how) {
  Error error(ErrorKind::conflict,
              fmt::format("the content of {} changed while it was used: {}", shown(path), how));
  throw error.hint("something else is writing to the files that are built from; build again when it is done");
}

void write_content(const std::string& path, const FileEntry& entry, ByteSink& tar, MutableBytes buffer,
                   const std::stop_token& stop) {
  const auto source = entry.open ? entry.open() : std::make_unique<TextSource>("");
  std::optional<Hasher> hasher;
  if (!entry.is_private) hasher.emplace(entry.content.algorithm());
  std::uint64_t size = 0;
  while (const std::size_t count = source->read(buffer)) {
    throw_if_stopped(stop);
    const Bytes bytes = Bytes(buffer).first(count);
    size += count;
    // Not one byte more than the header promised may reach the tar.
    if (size > entry.size) changed(path, fmt::format("it is longer than the {} bytes it had", entry.size));
    if (hasher) hasher->write(bytes);
    tar.write(bytes);
  }
  if (size < entry.size) changed(path, fmt::format("it has {} of the {} bytes it had", size, entry.size));
  if (const auto actual = hasher ? hasher->finish() : entry.content; actual != entry.content)
    changed(path, fmt::format("its digest is {}, was {}", actual.text(), entry.content.text()));
}

char type_of(FileEntry::Type type) {
  switch (type) {
    case FileEntry::Type::directory:
      return '5';
    case FileEntry::Type::file:
      return '0';
    case FileEntry::Type::symlink:
      return '2';
    case FileEntry::Type::hardlink:
      return '1';
  }
  return '0';
}

// What unpacks a hard link sets the file's mode and owner anew: they must not depend on the name.
void check_link(const FileTree& tree, const std::string& path, const FileEntry& link) {
  const auto found = tree.entries().find(link.link_target);
  if (found != tree.entries().end() && found->second.type == FileEntry::Type::file &&
      found->second.mode == link.mode && found->second.uid == link.uid && found->second.gid == link.gid)
    return;
  throw Error(ErrorKind::internal,
              fmt::format("{} is a hard link to {}, which is no file of its mode and owner", shown(path),
                          shown(link.link_target)));
}

// Contents that go where everything else goes.
class PlainContents final : public ContentSink {
 public:
  explicit PlainContents(ByteSink& tar) : tar_(tar) {}
  void begin_file(std::uint64_t) override {}
  void write(Bytes bytes) override { tar_.write(bytes); }
  void end_file() override {}

 private:
  ByteSink& tar_;
};

}  // namespace

std::string entry_header(const std::string& path, const FileEntry& entry, std::int64_t mtime) {
  TarHeader header;
  const bool directory = entry.type == FileEntry::Type::directory;
  const std::string name = directory ? path + '/' : path;
  header.path = name;
  header.target = entry.link_target;
  header.type = type_of(entry.type);
  header.mode = entry.mode;
  header.uid = entry.uid;
  header.gid = entry.gid;
  header.size = entry.size;
  header.mtime = mtime;
  return tar_header(header);
}

void write_entries(const FileTree& tree, std::int64_t mtime, ByteSink& tar, ContentSink& contents,
                   const std::stop_token& stop) {
  std::vector<std::byte> buffer(stream_buffer_size);
  for (const auto& item : tree.entries()) {
    throw_if_stopped(stop);
    const FileEntry& entry = item.second;
    in_context([&] { return fmt::format("writing {} into a layer", shown(item.first)); },
               [&] {
                 if (entry.type == FileEntry::Type::hardlink) check_link(tree, item.first, entry);
                 tar.write(as_bytes(entry_header(item.first, entry, mtime)));
                 if (entry.type != FileEntry::Type::file) return;
                 contents.begin_file(entry.size);
                 write_content(item.first, entry, contents, buffer, stop);
                 contents.end_file();
                 tar.write(as_bytes(tar_padding(entry.size)));
               });
  }
}

void write_entries(const FileTree& tree, std::int64_t mtime, ByteSink& tar, const std::stop_token& stop) {
  PlainContents contents(tar);
  write_entries(tree, mtime, tar, contents, stop);
}

}  // namespace whittle::layers
