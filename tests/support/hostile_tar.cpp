#include "tests/support/hostile_tar.hpp"

#include <fmt/format.h>

namespace whittle::test {
namespace {

void put(std::string& block, std::size_t offset, std::size_t length, std::string_view text) {
  block.replace(offset, std::min(length, text.size()), text.substr(0, length));
}

std::string padding(std::size_t size) {
  return std::string((512 - size % 512) % 512, '\0');
}

std::string header(const HostileTar::Entry& entry, std::uint64_t size) {
  std::string block(512, '\0');
  put(block, 0, 100, entry.path);
  put(block, 100, 8, fmt::format("{:07o}", entry.mode));
  put(block, 108, 8, fmt::format("{:07o}", entry.owner));
  put(block, 116, 8, fmt::format("{:07o}", entry.owner));
  put(block, 124, 12, fmt::format("{:011o}", size));
  put(block, 136, 12, "00000000000");
  put(block, 148, 8, "        ");
  block[156] = entry.type;
  put(block, 157, 100, entry.target);
  put(block, 257, 8, std::string_view("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put(block, 148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  return block;
}

}  // namespace

HostileTar& HostileTar::add(const Entry& entry) {
  if (entry.path.size() > 100) {  // as GNU tar writes it
    const auto name = entry.path + '\0';
    blocks_ += header({"././@LongLink", {}, 'L'}, name.size()) + name + padding(name.size());
  }
  blocks_ += header(entry, entry.stated_size.value_or(entry.content.size()));
  blocks_ += entry.content + padding(entry.content.size());
  return *this;
}

}  // namespace whittle::test
