#include "tests/fuzz/fuzz.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "common/text.hpp"

namespace whittle::fuzz {
namespace {

// What go wrote is shown up to 16 KiB, and escaping makes four bytes of one.
constexpr std::size_t longest_message = 80U << 10U;

bool is_showable(std::string_view text) {
  while (!text.empty()) {
    const auto c = decode_character(text);
    const bool lines = c.value == '\n' || c.value == '\t';  // of what go wrote
    if (c.length == 0 || (is_unsafe_character(c.value) && !lines)) return false;
    text.remove_prefix(c.length);
  }
  return true;
}

}  // namespace

void require(bool holds, std::string_view property) {
  if (holds) return;
  fmt::print(stderr, "this does not hold: {}\n", property);
  std::abort();
}

void require_showable(const Error& error) {
  require(error.kind() != ErrorKind::internal, "an input never shows a defect: " + error.message());
  require(error.message().size() <= longest_message, "a message is of bounded length");
  require(is_showable(error.message()), "a message holds no foreign bytes: " + shown(error.message()));
  for (const auto& hint : error.hints())
    require(is_showable(hint), "a hint holds no foreign bytes: " + shown(hint));
}

std::string_view take_line(std::string_view& input) {
  const auto line = input.substr(0, input.find('\n'));
  input.remove_prefix(std::min(input.size(), line.size() + 1));
  return line;
}

MemoryFile::MemoryFile() : fd_(::memfd_create("fuzz", MFD_CLOEXEC)) {
  if (!fd_) throw_errno(errno, "making a file in memory");
  path_ = fmt::format("/proc/self/fd/{}", fd_.get());
}

void MemoryFile::set(std::string_view text) {
  const auto written = ::pwrite(fd_.get(), text.data(), text.size(), 0);
  if (::ftruncate(fd_.get(), static_cast<off_t>(text.size())) != 0 ||
      std::cmp_not_equal(written, text.size()))
    throw_errno(errno, "writing a file in memory");
}

}  // namespace whittle::fuzz
