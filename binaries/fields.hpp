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

// The same for bytes of somebody else.
std::uint64_t number_in(std::string_view bytes, std::size_t offset, std::size_t width, bool little_endian);

}  // namespace whittle::binaries
