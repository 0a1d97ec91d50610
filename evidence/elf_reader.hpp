// Finds the Go programs among the files of layers, while these pass by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "binaries/build_info.hpp"
#include "binaries/elf.hpp"
#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "evidence/spooled_file.hpp"
#include "layers/entry_content.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::evidence {

inline constexpr std::uint64_t largest_program = 8ULL << 30U;  // bytes
inline constexpr std::size_t most_modules = 500'000;           // in the programs of an image

// Whether the content begins as an ELF file does; four bytes of it are gone then, or fewer at its end.
bool begins_as_elf(ByteSource& content);

// Stands for the bytes of a file that is too large to be read: where it lies.
Digest digest_of_place(const layers::TarEntry& entry);

// One thread.
class ElfReader {
 public:
  // What is told of a Go program, once for equal bytes; the file can be read during the call. What this finds
  // broken (Error(integrity) or (unsupported)) is a failure of the file.
  using OnProgram =
      std::function<void(const SpooledFile& file, const binaries::Elf& elf, const binaries::BuildInfo& info)>;
  // `scratch` is an existing folder for a file without a name.
  ElfReader(const std::filesystem::path& scratch, OnProgram on_program)
      : spool_(scratch), on_program_(std::move(on_program)) {}

  // The digest of an ELF file; nothing for any other, which is not read to its end. Error(limit) when the
  // programs have more than most_modules modules.
  std::optional<Digest> take(const layers::TarEntry& entry, layers::TarReader& tar);

  // Why nothing is known of an ELF file: it is too large, cut, or contradicts itself (hostile 91). Not
  // escaped.
  const std::string* failure(const Digest& digest) const;

 private:
  void understand();

  SpooledFile spool_;
  OnProgram on_program_;
  std::size_t modules_ = 0;
  std::set<Digest> understood_ = {};
  std::map<Digest, std::string> failures_ = {};
};

}  // namespace whittle::evidence
