#include "evidence/elf_reader.hpp"

#include <fmt/format.h>

#include <array>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::evidence {

using binaries::elf_magic;

bool begins_as_elf(ByteSource& content) {
  std::array<std::byte, elf_magic.size()> beginning{};
  std::size_t count = 0;
  while (count < beginning.size()) {
    const auto read = content.read(MutableBytes(beginning).subspan(count));
    if (read == 0) return false;
    count += read;
  }
  return as_text(beginning) == elf_magic;
}

Digest digest_of_place(const layers::TarEntry& entry) {
  return Digest::of(fmt::format("{} {}", entry.number, entry.path));
}

std::optional<Digest> ElfReader::take(const layers::TarEntry& entry, layers::TarReader& tar) {
  layers::EntryContent content(tar);
  if (!begins_as_elf(content)) return std::nullopt;
  if (entry.size > largest_program) {
    const auto digest = digest_of_place(entry);
    failures_.emplace(digest, fmt::format("it has more than {}", human_size(largest_program)));
    return digest;
  }
  spool_.fill(as_bytes(elf_magic), content, largest_program);
  const auto digest = spool_.digest();
  if (!failures_.contains(digest) && understood_.insert(digest).second) understand();
  return digest;
}

void ElfReader::understand() {
  try {
    const auto elf = binaries::read_elf(spool_);
    const auto info = binaries::read_build_info(spool_, elf);
    if (!info) return;
    modules_ += info->dependencies.size() + 3;  // its own, the standard library, the program
    if (modules_ > most_modules)
      throw Error(ErrorKind::limit,
                  fmt::format("the programs of the image have more than {} modules", most_modules));
    on_program_(spool_, elf, *info);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity && error.kind() != ErrorKind::unsupported) throw;
    failures_.emplace(spool_.digest(), error.message());
  }
}

const std::string* ElfReader::failure(const Digest& digest) const {
  const auto found = failures_.find(digest);
  return found == failures_.end() ? nullptr : &found->second;
}

}  // namespace whittle::evidence
