#include "toolchains/module_hash.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base64.hpp"
#include "common/sha256.hpp"
#include "toolchains/signed_note.hpp"

namespace whittle::toolchains {

std::string module_hash(std::vector<HashedFile> files) {
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  Hasher hasher;
  for (const auto& file : files) hasher.write(fmt::format("{}  {}\n", file.content.hex(), file.name));
  return "h1:" + base64_encoded(as_text(to_sha256(hasher.finish())));
}

bool is_module_hash(std::string_view text) {
  if (!text.starts_with("h1:")) return false;
  const auto bytes = strict_base64(text.substr(3));
  return bytes && bytes->size() == sizeof(Sha256);
}

}  // namespace whittle::toolchains
