// Numbers of a header or a table entry, in the byte order of the file they come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace whittle::binaries {

// Owns the bytes. What lies outside of them throws Error(integrity).
class Fields {
 public:
  Fields(std::string bytes, bool little_endian) : bytes_(std::move(bytes)), little_(little_endian) {}

  std::uint64_t number(std::size_t offset, std::size_t width) const;
  std::uint8_t byte(std::size_t offset) const { return static_cast<std::uint8_t>(number(offset, 1)); }
  std::uint16_t half(std::size_t offset) const { return static_cast<std::uint16_t>(number(offset, 2)); }
  std::uint32_t word(std::size_t offset) const { return static_cast<std::uint32_t>(number(offset, 4)); }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::string bytes_;
  bool little_;
};

[[noreturn]] void throw_cut_off();

// The same for bytes of somebody else. Inline: of a large program it reads millions.
inline std::uint64_t number_in(std::string_view bytes, std::size_t offset, std::size_t width,
                               bool little_endian) {
  if (offset > bytes.size() || width > bytes.size() - offset) throw_cut_off();
  const auto* field = reinterpret_cast<const unsigned char*>(bytes.data()) + offset;
  std::uint64_t value = 0;
  if (little_endian)
    for (std::size_t i = width; i-- > 0;) value = value << 8U | field[i];
  else
    for (std::size_t i = 0; i < width; ++i) value = value << 8U | field[i];
  return value;
}

}  // namespace whittle::binaries
