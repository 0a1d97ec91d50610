#include "evidence/base64_text.hpp"

#include <algorithm>

#include "registry/base64.hpp"

namespace whittle::evidence {

std::optional<std::string> decode_base64_text(std::string_view text) {
  std::string standard(text);
  if (standard.find_first_of("-_") != std::string::npos) {
    if (standard.find_first_of("+/") != std::string::npos) return std::nullopt;
    std::replace(standard.begin(), standard.end(), '-', '+');
    std::replace(standard.begin(), standard.end(), '_', '/');
  }
  if (standard.find('=') == std::string::npos) standard.append((4 - standard.size() % 4) % 4, '=');
  auto bytes = registry::base64_decoded(standard);
  if (!bytes || registry::base64_encoded(*bytes) != standard) return std::nullopt;
  return bytes;
}

}  // namespace whittle::evidence
