// Whether two functions of equal size are the same code that was moved: what differs is where they call and
// point to.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "binaries/elf.hpp"

namespace whittle::comparison {

// A function's bytes and the address they are loaded at.
struct CodeAt {
  std::string_view bytes;
  std::uint64_t address = 0;
};

// Understands relative calls, jumps and data addresses of amd64 and arm64; of other machines nothing. Borrows
// what it is given. One thread per instance.
class CodeComparison {
 public:
  // Whether two addresses name the same thing: nothing when they are no code.
  using SameCode = std::function<std::optional<bool>(std::uint64_t a, std::uint64_t b)>;

  CodeComparison(const binaries::Elf& a, const binaries::Elf& b, SameCode same_code)
      : a_(a), b_(b), same_code_(std::move(same_code)) {}

  // Whether every byte that differs belongs to an address, and the addresses of both name the same function
  // at the same place, or data of the same section. What that data is, is not looked at.
  bool only_moved(const CodeAt& a, const CodeAt& b) const;

 private:
  bool same_place(std::uint64_t a, std::uint64_t b) const;
  bool amd64_moved(const CodeAt& a, const CodeAt& b) const;
  bool arm64_moved(const CodeAt& a, const CodeAt& b) const;

  const binaries::Elf& a_;
  const binaries::Elf& b_;
  SameCode same_code_;
};

}  // namespace whittle::comparison
