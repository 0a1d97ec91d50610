#include "binaries/fields.hpp"

#include "common/error.hpp"

namespace whittle::binaries {

void throw_cut_off() {
  throw Error(ErrorKind::integrity, "not a sound ELF file: it ends inside a header or table");
}

std::uint64_t Fields::number(std::size_t offset, std::size_t width) const {
  return number_in(bytes_, offset, width, little_);
}

}  // namespace whittle::binaries
