#include "builder/memory_spec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace whittle::builder {
namespace {
constexpr std::uint64_t kibibyte = 1U << 10U;
constexpr std::uint64_t mebibyte = 1U << 20U;
}  // namespace

std::uint64_t soft_limit(std::uint64_t limit, unsigned share) {
  const auto bytes = limit / 100 * share + limit % 100 * share / 100;
  if (bytes >= mebibyte) return bytes / mebibyte * mebibyte;
  return std::max(bytes / kibibyte, std::uint64_t{1}) * kibibyte;
}

std::string go_size(std::uint64_t bytes) {
  if (bytes % mebibyte == 0) return fmt::format("{}MiB", bytes / mebibyte);
  if (bytes % kibibyte == 0) return fmt::format("{}KiB", bytes / kibibyte);
  return fmt::format("{}B", bytes);
}

}  // namespace whittle::builder
