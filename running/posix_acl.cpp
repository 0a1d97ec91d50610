#include "running/posix_acl.hpp"

#include <cstddef>
#include <cstdint>

namespace whittle::running {
namespace {

// A header of four bytes, the version; then entries of a tag, rights and an id. All little-endian.
constexpr std::size_t header_size = 4;
constexpr std::size_t entry_size = 8;
constexpr std::size_t id_offset = 4;
constexpr std::uint32_t known_version = 2;
constexpr std::uint32_t tag_user = 0x02;
constexpr std::uint32_t tag_group = 0x08;

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = size; i-- > 0;) number = number << 8U | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

}  // namespace

bool holds_acl(std::string_view attribute) {
  return attribute == "system.posix_acl_access" || attribute == "system.posix_acl_default";
}

std::string acl_outside(std::string_view value, const IdRange& ids) {
  std::string outside(value);
  if (value.size() < header_size || (value.size() - header_size) % entry_size != 0 ||
      number_at(value, 0, header_size) != known_version)
    return outside;
  for (auto at = header_size; at < value.size(); at += entry_size) {
    const auto tag = number_at(value, at, 2);
    if (tag != tag_user && tag != tag_group) continue;
    auto id = ids.outside(number_at(value, at + id_offset, 4));
    for (std::size_t i = 0; i < 4; ++i, id >>= 8U)
      outside[at + id_offset + i] = static_cast<char>(id & 0xffU);
  }
  return outside;
}

}  // namespace whittle::running
