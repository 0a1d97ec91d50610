// The headers of a tar whose bytes are decided here and nowhere else: ustar (POSIX.1-1988), and a pax
// extended header (POSIX.1-2001, pax, "pax Interchange Format") in front only where a field does not fit.
//
// libarchive is not used for writing: its pax writer either converts names by the process's locale and fails
// on what is not text in it, or (hdrcharset=BINARY) puts an extended header before every entry. The diffID is
// a contract, so its bytes may not change with a library either.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace whittle::layers {

inline constexpr std::size_t tar_block = 512;

struct TarHeader {
  std::string_view path;    // a directory's ends in a slash
  std::string_view target;  // of a link
  char type =
      '0';  // '0' file, '1' hard link, '2' symbolic link, '3' and '4' devices, '5' directory, '6' FIFO
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
  std::uint32_t mtime_nanoseconds = 0;
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  // Records of an extended header that are none of the fields above, such as SCHILY.xattr.NAME; borrowed.
  const std::map<std::string, std::string, std::less<>>* records = nullptr;
};

// The header's blocks, with the extended header's in front if it needs one. Names are bytes: they are written
// as they are, whatever their encoding.
std::string tar_header(const TarHeader& header);

// The zeros that fill the last block of `size` bytes of content.
std::string_view tar_padding(std::uint64_t size);
// The two zero blocks at the end.
std::string_view tar_end();

}  // namespace whittle::layers
