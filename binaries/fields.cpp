#include "binaries/fields.hpp"

#include "common/error.hpp"

namespace whittle::binaries {

std::uint64_t number_in(std::string_view bytes, std::size_t offset, std::size_t width, bool little_endian) {
  if (offset > bytes.size() || width > bytes.size() - offset)
    throw Error(ErrorKind::integrity, "not a sound ELF file: it ends inside a header or table");
  const auto* field = reinterpret_cast<const unsigned char*>(bytes.data()) + offset;
  std::uint64_t value = 0;
  if (little_endian)
    for (std::size_t i = width; i-- > 0;) value = value << 8U | field[i];
  else
    for (std::size_t i = 0; i < width; ++i) value = value << 8U | field[i];
  return value;
}

std::uint64_t Fields::number(std::size_t offset, std::size_t width) const {
  return number_in(bytes_, offset, width, little_);
}

}  // namespace whittle::binaries
