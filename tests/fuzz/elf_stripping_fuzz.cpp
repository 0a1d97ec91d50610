// Stripping any bytes: never a crash, and what is loaded stays where and what it was.
#include "binaries/elf_stripping.hpp"

#include <algorithm>
#include <string>

#include "binaries/elf.hpp"
#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::elf_stripping_input(std::string_view input) {
  const binaries::MemoryAccess file{std::string(input)};
  const auto stripping = binaries::strip_elf(file);
  if (!stripping.stripped) return;
  std::string bytes;
  for (const auto& part : stripping.stripped->parts)
    bytes += part.bytes.empty() ? file.read(part.offset, static_cast<std::size_t>(part.size)) : part.bytes;
  require(bytes.size() == stripping.stripped->size && bytes.size() < input.size(),
          "the parts are the file, and it is smaller");
  const binaries::MemoryAccess stripped{bytes};
  const auto before = binaries::read_elf(file);
  const auto after = parsed([&] { return binaries::read_elf(stripped); });
  require(after.has_value(), "what was stripped can be read");
  require(after->segments.size() == before.segments.size(), "segments stay");
  const std::size_t header = before.is_64_bit ? 64 : 52;
  for (const auto& segment : before.segments) {
    if (segment.type != 1) continue;
    const auto from = std::max<std::uint64_t>(segment.offset, header);
    if (from >= segment.offset + segment.file_size) continue;
    const auto size = static_cast<std::size_t>(segment.offset + segment.file_size - from);
    require(file.read(from, size) == stripped.read(from, size), "what is loaded stays");
  }
  require(!binaries::strip_elf(stripped).stripped, "what is stripped stays as it is");
}
