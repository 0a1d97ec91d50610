#include "layers/layer_writer.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/tar_header.hpp"

namespace whittle::layers {
namespace {

// The tar's way: into its hash (the diffID) and into the compressor.
class TarSink final : public ByteSink {
 public:
  explicit TarSink(ByteSink& compressor) : digesting_(compressor) {}
  void write(Bytes bytes) override { digesting_.write(bytes); }
  void write(std::string_view text) { digesting_.write(as_bytes(text)); }
  std::uint64_t size() const { return digesting_.size(); }
  Digest finish() { return digesting_.finish(); }

 private:
  DigestingSink digesting_;
};

[[noreturn]] void changed(const std::string& path, const std::string& how) {
  Error error(ErrorKind::conflict,
              fmt::format("the content of {} changed while it was used: {}", shown(path), how));
  throw error.hint("something else is writing to the files that are built from; build again when it is done");
}

void write_content(const std::string& path, const FileEntry& entry, TarSink& tar, MutableBytes buffer,
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
  tar.write(tar_padding(size));
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

void write_entry(const std::string& path, const FileEntry& entry, std::int64_t mtime, TarSink& tar) {
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
  tar.write(tar_header(header));
}

}  // namespace

Layer write_layer(const FileTree& tree, const LayerOptions& options, ByteSink& out,
                  const std::stop_token& stop) {
  DigestingSink blob(out);
  const auto compressor = make_compressor(options.compression, options.threads, blob, options.memory);
  TarSink tar(*compressor);
  std::vector<std::byte> buffer(stream_buffer_size);
  for (const auto& item : tree.entries()) {
    throw_if_stopped(stop);
    const FileEntry& entry = item.second;
    in_context([&] { return fmt::format("writing {} into a layer", shown(item.first)); },
               [&] {
                 if (entry.type == FileEntry::Type::hardlink) check_link(tree, item.first, entry);
                 write_entry(item.first, entry, options.mtime, tar);
                 if (entry.type == FileEntry::Type::file) write_content(item.first, entry, tar, buffer, stop);
               });
  }
  tar.write(tar_end());
  throw_if_stopped(stop);
  compressor->finish();
  const std::uint64_t size = blob.size();
  return {Descriptor{std::string(options.compression.layer_media_type()), blob.finish(), size}, tar.finish(),
          tar.size(), compressor->take_members()};
}

std::string_view tar_identity() {
  return "whittle tar 1: ustar, pax where a field needs it";
}

}  // namespace whittle::layers
