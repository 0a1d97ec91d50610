#include "binaries/elf_notes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "binaries/fields.hpp"

namespace whittle::binaries {
namespace {

constexpr std::uint32_t section_of_notes = 7;
constexpr std::uint32_t segment_of_notes = 4;
constexpr std::size_t most_notes = 1'000;
constexpr std::size_t longest_owner = 256;
constexpr std::size_t longest_id = 1'024;
constexpr std::uint32_t go_build_id = 4;   // ELF_NOTE_GOBUILDID_TAG
constexpr std::uint32_t gnu_build_id = 3;  // NT_GNU_BUILD_ID

std::uint64_t padded(std::uint64_t size) {
  return (size + 3) & ~std::uint64_t{3};
}

void read_range(const RandomAccess& file, bool little_endian, std::uint64_t offset, std::uint64_t size,
                std::vector<ElfNote>& notes) {
  constexpr std::uint64_t header_size = 12;
  const auto room = offset <= file.size() ? std::min(size, file.size() - offset) : 0;
  for (std::uint64_t at = 0; notes.size() < most_notes && at + header_size <= room;) {
    const Fields header(file.read(offset + at, header_size), little_endian);
    const auto owner_size = header.word(0);
    const auto size_of_text = header.word(4);
    const auto text = at + header_size + padded(owner_size);
    if (owner_size > longest_owner || text > room || size_of_text > room - text) return;
    auto owner = file.read(offset + at + header_size, owner_size);
    owner.resize(std::min(owner.size(), owner.find('\0')));
    notes.push_back({std::move(owner), header.word(8), offset + text, size_of_text});
    at = text + padded(size_of_text);
  }
}

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

}  // namespace

std::vector<ElfNote> read_notes(const RandomAccess& file, const Elf& elf) {
  std::vector<ElfNote> notes;
  for (const auto& section : elf.sections)
    if (section.type == section_of_notes)
      read_range(file, elf.is_little_endian, section.offset, section.size, notes);
  if (!notes.empty()) return notes;
  for (const auto& segment : elf.segments)
    if (segment.type == segment_of_notes)
      read_range(file, elf.is_little_endian, segment.offset, segment.file_size, notes);
  return notes;
}

BuildIds build_ids(const RandomAccess& file, const Elf& elf) {
  BuildIds ids;
  for (const auto& note : read_notes(file, elf)) {
    const auto text = [&] { return file.read(note.offset, std::min<std::size_t>(note.size, longest_id)); };
    if (note.owner == "Go" && note.type == go_build_id && !ids.go) ids.go = text();
    if (note.owner == "GNU" && note.type == gnu_build_id && !ids.gnu) ids.gnu = hex(text());
  }
  return ids;
}

}  // namespace whittle::binaries
