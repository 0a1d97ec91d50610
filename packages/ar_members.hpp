// What lies where in an ar archive (deb(5), ar(5)).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/file.hpp"

namespace whittle::packages {

struct ArMember {
  std::string name;
  std::uint64_t offset = 0;  // of its content in the file
  std::uint64_t size = 0;
};

// A package has three, and a few for tools that we know nothing of.
inline constexpr std::size_t ar_members_limit = 16;

// The members in their order, read by position. Names beyond the 16 bytes of a header, of which deb(5) knows
// nothing, are refused before anything is read for them. Error(integrity) and Error(limit) name `what`.
std::vector<ArMember> ar_members(const std::shared_ptr<const Fd>& file, const std::string& what);

}  // namespace whittle::packages
