#include "toolchains/zip_archive.hpp"

#include <libdeflate.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "common/error.hpp"
#include "toolchains/zip_bytes.hpp"

namespace whittle::toolchains {
namespace {

// 4.3.9: CRC and sizes behind the data, with or without a signature before them.
bool is_descriptor(std::string_view text, const ZipEntry& entry) {
  ZipBytes bytes(text);
  if (text.size() == 16 && bytes.u32() != 0x08074b50) return false;
  if (bytes.left() != 12) return false;
  return bytes.u32() == entry.crc && bytes.u32() == entry.compressed_size && bytes.u32() == entry.size;
}

// The packed bytes of an entry within all bytes from its local header to what follows it.
std::string_view data_of(std::string_view text, const ZipEntry& entry) {
  ZipBytes bytes(text);
  if (bytes.left() < local_header_size || bytes.u32() != 0x04034b50)
    refuse_entry(entry.name, "has no header of its own");
  bytes.skip(2);
  const bool same_form = bytes.u16() == entry.flags && bytes.u16() == (entry.is_deflated ? 8 : 0);
  const bool same_time = bytes.u32() == entry.time;
  const auto crc = bytes.u32();
  const auto packed_size = bytes.u32();
  const auto size = bytes.u32();
  const bool described = (entry.flags & zip_flag_descriptor) != 0;
  const bool left_open = described && crc == 0 && packed_size == 0 && size == 0;
  const bool same_sizes = crc == entry.crc && packed_size == entry.compressed_size && size == entry.size;
  const std::size_t name_size = bytes.u16();
  const std::size_t extra_size = bytes.u16();
  const bool same_name = bytes.left() >= name_size + extra_size && bytes.text(name_size) == entry.name;
  if (!same_form || !same_time || !same_name || !(same_sizes || left_open))
    refuse_entry(entry.name, "has another header than the directory says");
  bytes.skip(extra_size);
  if (bytes.left() < entry.compressed_size) refuse_entry(entry.name, "reaches into what follows it");
  const auto data = bytes.text(entry.compressed_size);
  if (described ? !is_descriptor(bytes.text(bytes.left()), entry) : bytes.left() != 0)
    refuse_entry(entry.name, "is not followed by the next one");
  return data;
}

}  // namespace

ZipReader::ZipReader() : decompressor_(libdeflate_alloc_decompressor()) {
  if (!decompressor_) throw std::bad_alloc();
}

void ZipReader::Release::operator()(libdeflate_decompressor* decompressor) const {
  libdeflate_free_decompressor(decompressor);
}

MutableBytes ZipReader::Buffer::take(std::size_t size) {
  if (size > capacity) {
    bytes.reset();  // before the larger one is there
    bytes = std::make_unique_for_overwrite<std::byte[]>(size);
    capacity = size;
  }
  return {bytes.get(), size};
}

ZipArchive::ZipArchive(Fd file, const ZipLimits& limits) : file_(std::move(file)) {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) throw_errno(errno, "examining a zip");
  size_ = static_cast<std::uint64_t>(status.st_size);
  auto directory = read_zip_directory(file_, size_, limits);
  entries_ = std::move(directory.entries);
  end_ = directory.offset;
  std::sort(entries_.begin(), entries_.end(),
            [](const auto& a, const auto& b) { return a.offset < b.offset; });
  std::uint64_t least = 0;  // where the next entry can begin at the earliest; the first one begins the file
  for (const auto& entry : entries_) {
    if (entry.offset < least || (least == 0 && entry.offset != 0))
      refuse_entry(entry.name, "is not where the one before it ends");
    least = entry.offset + local_header_size + entry.name.size() + entry.compressed_size;
  }
  if (least > end_ || entries_.empty())
    throw Error(ErrorKind::integrity, "the zip has no entries, or they reach into its directory");
}

Bytes ZipArchive::read(std::size_t index, ZipReader& reader) const {
  const auto& entry = entries_.at(index);
  const auto end = index + 1 < entries_.size() ? entries_[index + 1].offset : end_;
  // What an honest entry takes at most; the fields for names and extras have 16 bits.
  if (end - entry.offset > entry.compressed_size + (256U << 10U))
    refuse_entry(entry.name, "is not followed by the next one");
  const auto packed = reader.packed_.take(end - entry.offset);
  read_exactly(file_, packed, entry.offset);
  const auto data = data_of(as_text(packed), entry);
  Bytes content = as_bytes(data);
  if (entry.is_deflated) {
    const auto buffer = reader.content_.take(std::max<std::size_t>(entry.size, 1));
    std::size_t used = 0;
    std::size_t made = 0;
    const auto result = libdeflate_deflate_decompress_ex(reader.decompressor_.get(), data.data(), data.size(),
                                                         buffer.data(), entry.size, &used, &made);
    if (result != LIBDEFLATE_SUCCESS || used != data.size() || made != entry.size)
      refuse_entry(entry.name, "does not unpack to the size it says");
    content = buffer.first(entry.size);
  }
  if (libdeflate_crc32(0, content.data(), content.size()) != entry.crc)
    refuse_entry(entry.name, "has another checksum than it says");
  return content;
}

}  // namespace whittle::toolchains
