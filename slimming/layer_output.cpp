#include "slimming/layer_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/layer_writer.hpp"
#include "layers/writable_entry.hpp"

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

Records records_of(const layers::CommonFields& entry) {
  Records records;
  for (const auto& [key, value] : entry.records)
    if (!is_of_the_disk(key)) records.emplace(key, value);
  for (const auto& [name, value] : entry.xattrs) records.emplace("SCHILY.xattr." + name, value);
  return records;
}

// The name that a header has for it.
std::string name_in_tar(const layers::MergedEntry& entry) {
  if (!entry.is_directory()) return std::string(entry.path());
  return entry.path().empty() ? std::string("./") : fmt::format("{}/", entry.path());
}

class PlannedEntries final : public layers::EntrySource {
 public:
  PlannedEntries(const SourceImage& image, const PlannedLayer& plan, const Symbols& symbols,
                 const std::stop_token& stop)
      : image_(image), plan_(plan), symbols_(symbols), stop_(stop) {}

  void each(const Visit& visit) const override {
    std::vector<std::byte> buffer(stream_buffer_size);
    for (const auto& planned : plan_.entries) {
      throw_if_stopped(stop_);
      const auto& entry = *planned.entry;
      // A link says again what its file is: what is unpacked last decides.
      const auto& fields = planned.linked_to == nullptr ? entry : *planned.linked_to;
      const auto name = name_in_tar(entry);
      const auto records = records_of(fields.common());
      layers::WritableEntry writable{entry.path(), header_of(fields), &fields.common().xattrs, nullptr, {}};
      writable.header.path = name;
      writable.header.records = &records;
      if (planned.linked_to != nullptr) {
        writable.header.type = '1';
        writable.header.target = planned.linked_to->path();
      } else if (entry.is_file()) {
        set_content(entry, buffer, writable);
      } else {
        writable.header.type = entry.type();
        writable.header.target = entry.target();
      }
      visit(writable);
    }
  }

 private:
  static layers::TarHeader header_of(const layers::MergedEntry& entry) {
    const auto& common = entry.common();
    if (common.device_major > largest_device || common.device_minor > largest_device)
      throw Error(
          ErrorKind::unsupported,
          fmt::format("{} is the device {}:{}, which no tar header has room for",
                      shown(fmt::format("/{}", entry.path())), common.device_major, common.device_minor));
    layers::TarHeader header;
    header.mode = entry.mode();
    header.uid = common.uid;
    header.gid = common.gid;
    header.mtime = entry.mtime();
    header.mtime_nanoseconds = entry.mtime_nanoseconds();
    header.device_major = common.device_major;
    header.device_minor = common.device_minor;
    return header;
  }

  void set_content(const layers::MergedEntry& file, MutableBytes buffer,
                   layers::WritableEntry& writable) const {
    writable.header.type = '0';
    const auto stripped = symbols_.stripped.find(file.origin());
    if (stripped == symbols_.stripped.end()) {
      writable.header.size = file.size();
      writable.write_content = [this, &file, buffer](ByteSink& out) {
        write_range(image_.content(file), 0, file.size(), buffer, out);
      };
    } else {
      writable.header.size = stripped->second.size;
      writable.write_content = [this, &file, &parts = stripped->second.parts, buffer](ByteSink& out) {
        const auto content = image_.content(file);
        for (const auto& part : parts)
          if (part.bytes.empty())
            write_range(content, part.offset, part.size, buffer, out);
          else
            out.write(as_bytes(part.bytes));
      };
    }
  }

  void write_range(const binaries::RandomAccess& content, std::uint64_t offset, std::uint64_t size,
                   MutableBytes buffer, ByteSink& out) const {
    while (size > 0) {
      throw_if_stopped(stop_);
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, buffer.size()));
      const auto count = content.read_at(offset, buffer.first(wanted));
      if (count == 0) throw Error(ErrorKind::io, "a temporary file is shorter than what was written to it");
      out.write(Bytes(buffer).first(count));
      offset += count;
      size -= count;
    }
  }

  const SourceImage& image_;
  const PlannedLayer& plan_;
  const Symbols& symbols_;
  const std::stop_token& stop_;
};

// What an index of files cannot hold is the image's fault, not the spec's.
layers::Layer in_form(const layers::EntrySource& entries, const OutputOptions& options, ByteSink& out,
                      const std::stop_token& stop) {
  try {
    return layers::write_layer(entries, {options.compression, 0, options.threads}, out, stop);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::spec) throw;
    throw Error(ErrorKind::unsupported, error.message())
        .hint("use `--compression gzip` or `zstd`, whose layers have no index of files");
  }
}

}  // namespace

layers::Layer write_layer(const SourceImage& image, const PlannedLayer& plan, const Symbols& symbols,
                          const OutputOptions& options, ByteSink& out, const std::stop_token& stop) {
  return in_form(PlannedEntries(image, plan, symbols, stop), options, out, stop);
}

}  // namespace whittle::slimming
