#include "layers/tree_writer.hpp"

#include <fmt/format.h>

#include <optional>

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

TarHeader header_of(std::string_view name, const FileEntry& entry, std::int64_t mtime) {
  TarHeader header;
  header.path = name;
  header.target = entry.link_target;
  header.type = type_of(entry.type);
  header.mode = entry.mode;
  header.uid = entry.uid;
  header.gid = entry.gid;
  header.size = entry.size;
  header.mtime = mtime;
  return header;
}

// Writes an entry; `contents` is given what write_content() writes.
void write_entry(const WritableEntry& entry, ByteSink& tar, ContentSink& contents, ByteSink& content) {
  tar.write(as_bytes(tar_header(entry.header)));
  if (!entry.is_file()) return;
  contents.begin_file(entry.header.size);
  entry.write_content(content);
  contents.end_file();
  tar.write(as_bytes(tar_padding(entry.header.size)));
}

}  // namespace

void TreeEntries::each(const Visit& visit) const {
  std::vector<std::byte> buffer(stream_buffer_size);
  for (const auto& [path, entry] : tree_.entries()) {
    throw_if_stopped(stop_);
    const bool is_file = entry.type == FileEntry::Type::file;
    const std::string name = entry.type == FileEntry::Type::directory ? path + '/' : path;
    WritableEntry writable{
        path, header_of(name, entry, mtime_), nullptr, is_file ? &entry.content : nullptr, {}};
    if (is_file)
      writable.write_content = [&, &path = path, &entry = entry](ByteSink& out) {
        write_content(path, entry, out, buffer, stop_);
      };
    in_context([&, &path = path] { return fmt::format("writing {} into a layer", shown(path)); },
               [&, &path = path, &entry = entry] {
                 if (entry.type == FileEntry::Type::hardlink) check_link(tree_, path, entry);
                 visit(writable);
               });
  }
}

std::vector<Digest> write_entries(const EntrySource& entries, ByteSink& tar, ContentSink& contents,
                                  const std::stop_token& stop) {
  std::vector<Digest> learnt;
  entries.each([&](const WritableEntry& entry) {
    throw_if_stopped(stop);
    if (!entry.is_file() || entry.content != nullptr) return write_entry(entry, tar, contents, contents);
    DigestingSink hashed(contents);
    write_entry(entry, tar, contents, hashed);
    learnt.push_back(hashed.finish());
  });
  return learnt;
}

void write_entries(const EntrySource& entries, ByteSink& tar, const std::stop_token& stop) {
  PlainContents contents(tar);
  entries.each([&](const WritableEntry& entry) {
    throw_if_stopped(stop);
    write_entry(entry, tar, contents, contents);
  });
}

}  // namespace whittle::layers
