#include "toolchains/database_key.hpp"

#include <algorithm>

#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::toolchains {
namespace {

constexpr std::size_t hash_digits = 8;
constexpr std::size_t key_digits = 44;  // base64 of one byte for the algorithm and 32 for the key
constexpr std::size_t window = 1U << 20U;
constexpr std::uint64_t largest_command = 256U << 20U;

std::optional<VerifierKey> find_in_file(const std::filesystem::path& path, const std::string& name) {
  const std::size_t overlap = name.size() + hash_digits + key_digits + 2;
  FileSource source(path);
  std::string text;
  std::uint64_t seen = 0;
  while (seen < largest_command) {
    const auto kept = std::min(text.size(), overlap);
    text.erase(0, text.size() - kept);
    text.resize(kept + window);
    const auto count = source.read(std::as_writable_bytes(std::span(text)).subspan(kept));
    text.resize(kept + count);
    if (auto key = find_key_in(text, name)) return key;
    if (count == 0) break;
    seen += count;
  }
  return std::nullopt;
}

}  // namespace

std::optional<VerifierKey> find_key_in(std::string_view text, const std::string& name) {
  const auto mark = name + '+';
  for (auto found = text.find(mark); found != std::string_view::npos; found = text.find(mark, found + 1))
    if (auto key = VerifierKey::parse(text.substr(found, mark.size() + hash_digits + 1 + key_digits)))
      return key;
  return std::nullopt;
}

std::optional<VerifierKey> find_database_key(const std::filesystem::path& goroot, const std::string& name) {
  for (const auto* file : {"src/cmd/go/internal/modfetch/key.go", "bin/go"}) {
    try {
      if (auto key = find_in_file(goroot / file, name)) return key;
    } catch (const Error&) {
      continue;  // a distribution may leave the sources out
    }
  }
  return std::nullopt;
}

}  // namespace whittle::toolchains
