#include "slimming/layer_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/tar_header.hpp"

namespace whittle::slimming {
namespace {

using Records = std::map<std::string, std::string, std::less<>>;

constexpr std::uint32_t largest_device = (1U << 21U) - 1;  // seven octal digits (POSIX.1-1988, ustar)

// Where and when a file lay on the disk that it was packed from.
bool is_of_the_disk(std::string_view key) {
  static constexpr std::array<std::string_view, 13> keys = {"atime",
                                                            "ctime",
                                                            "comment",
                                                            "charset",
                                                            "hdrcharset",
                                                            "SCHILY.dev",
                                                            "SCHILY.ino",
                                                            "SCHILY.nlink",
                                                            "SCHILY.realsize",
                                                            "SCHILY.devmajor",
                                                            "SCHILY.devminor",
                                                            "SCHILY.filetype",
                                                            "LIBARCHIVE.creationtime"};
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

Records records_of(const layers::TarEntry& entry) {
  Records records;
  for (const auto& [key, value] : entry.records)
    if (!is_of_the_disk(key)) records.emplace(key, value);
  for (const auto& [name, value] : entry.xattrs) records.emplace("SCHILY.xattr." + name, value);
  return records;
}

class Output {
 public:
  Output(const SourceImage& image, const Symbols& symbols, ByteSink& tar, const std::stop_token& stop)
      : image_(image), symbols_(symbols), tar_(tar), stop_(stop) {}

  void write(const PlannedEntry& planned) {
    throw_if_stopped(stop_);
    const auto& [path, merged] = *planned.entry;
    const auto& entry = merged.entry;
    if (planned.linked_to != nullptr) {
      // A link says again what its file is: what is unpacked last decides.
      write_header(path, planned.linked_to->second.entry, '1', planned.linked_to->first, 0);
    } else if (entry.is_file() || entry.type == '1') {
      const auto found = symbols_.stripped.find(merged.origin);
      if (found == symbols_.stripped.end())
        write_file(path, entry);
      else
        write_stripped(path, entry, found->second);
    } else {
      write_header(path, entry, entry.type, entry.target, 0);
    }
  }

 private:
  void write_header(const std::string& path, const layers::TarEntry& entry, char type,
                    std::string_view target, std::uint64_t size) {
    if (entry.device_major > largest_device || entry.device_minor > largest_device)
      throw Error(ErrorKind::unsupported,
                  fmt::format("{} is the device {}:{}, which no tar header has room for", shown("/" + path),
                              entry.device_major, entry.device_minor));
    const auto name = type != '5' ? path : path.empty() ? "./" : path + '/';
    const auto records = records_of(entry);
    layers::TarHeader header;
    header.path = name;
    header.target = target;
    header.type = type;
    header.mode = entry.mode;
    header.uid = entry.uid;
    header.gid = entry.gid;
    header.size = size;
    header.mtime = entry.mtime;
    header.mtime_nanoseconds = entry.mtime_nanoseconds;
    header.device_major = entry.device_major;
    header.device_minor = entry.device_minor;
    header.records = &records;
    tar_.write(as_bytes(layers::tar_header(header)));
  }

  void write_file(const std::string& path, const layers::TarEntry& entry) {
    write_header(path, entry, '0', {}, entry.size);
    write_range(image_.content(entry), 0, entry.size);
    tar_.write(as_bytes(layers::tar_padding(entry.size)));
  }
  void write_stripped(const std::string& path, const layers::TarEntry& entry,
                      const binaries::StrippedElf& stripped) {
    const auto content = image_.content(entry);
    write_header(path, entry, '0', {}, stripped.size);
    for (const auto& part : stripped.parts) {
      if (part.bytes.empty())
        write_range(content, part.offset, part.size);
      else
        tar_.write(as_bytes(part.bytes));
    }
    tar_.write(as_bytes(layers::tar_padding(stripped.size)));
  }

  void write_range(const binaries::RandomAccess& content, std::uint64_t offset, std::uint64_t size) {
    while (size > 0) {
      throw_if_stopped(stop_);
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, buffer_.size()));
      const auto count = content.read_at(offset, MutableBytes(buffer_).first(wanted));
      if (count == 0) throw Error(ErrorKind::io, "a temporary file is shorter than what was written to it");
      tar_.write(Bytes(buffer_).first(count));
      offset += count;
      size -= count;
    }
  }

  const SourceImage& image_;
  const Symbols& symbols_;
  ByteSink& tar_;
  const std::stop_token& stop_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(stream_buffer_size);
};

}  // namespace

layers::Layer write_layer(const SourceImage& image, const PlannedLayer& plan, const Symbols& symbols,
                          const OutputOptions& options, ByteSink& out, const std::stop_token& stop) {
  DigestingSink blob(out);
  const auto compressor = layers::make_compressor(options.compression, options.threads, blob);
  DigestingSink tar(*compressor);
  Output output(image, symbols, tar, stop);
  for (const auto& planned : plan.entries) output.write(planned);
  tar.write(as_bytes(layers::tar_end()));
  throw_if_stopped(stop);
  compressor->finish();
  const auto size = blob.size();
  return {{std::string(options.compression.layer_media_type()), blob.finish(), size},
          tar.finish(),
          tar.size(),
          {}};
}

}  // namespace whittle::slimming
