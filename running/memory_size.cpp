#include "running/memory_size.hpp"

#include <fmt/format.h>

#include "builder/size_text.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::running {

std::uint64_t parse_memory(std::string_view text, std::string_view flag) {
  const auto size = builder::parse_size(text);
  if (!size)
    throw Error(ErrorKind::usage, fmt::format("{} {} is no size", flag, shown(text)))
        .hint("write a number of bytes, or of kB, MB, GB, KiB, MiB or GiB: 256MiB");
  if (*size < (1U << 20U))
    throw Error(ErrorKind::usage, fmt::format("{} {} is less than 1 MiB", flag, shown(text)));
  return *size;
}

}  // namespace whittle::running
