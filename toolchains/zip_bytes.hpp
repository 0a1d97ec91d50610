// Little-endian fields of a zip, taken one after the other. Borrows the text; taking more than is left is a
// defect of the caller's, who checks `left` first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace whittle::toolchains {

class ZipBytes {
 public:
  explicit ZipBytes(std::string_view text) : text_(text) {}

  std::size_t left() const { return text_.size(); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::string_view text(std::size_t count) {
    if (count > text_.size()) throw Error(ErrorKind::internal, "a field of a zip was read past its end");
    const auto taken = text_.substr(0, count);
    text_.remove_prefix(count);
    return taken;
  }
  void skip(std::size_t count) { text(count); }

 private:
  std::uint64_t number(std::size_t count) {
    std::uint64_t value = 0;
    const auto bytes = text(count);
    for (std::size_t i = count; i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes[i]);
    return value;
  }

  std::string_view text_;
};

// Bytes of an entry's own header, before its name (4.3.7).
inline constexpr std::size_t local_header_size = 30;

// General purpose bits (4.4.4) that mean nothing to a reader or are understood: the level of deflate (1, 2),
// a descriptor behind the data (3), UTF-8 names (11).
inline constexpr unsigned zip_flag_descriptor = 1U << 3U;
inline constexpr unsigned zip_flags_in_use = 1U << 1U | 1U << 2U | zip_flag_descriptor | 1U << 11U;

}  // namespace whittle::toolchains
