#include "registry/system_authorities.hpp"

#include <array>
#include <string_view>
#include <system_error>

namespace whittle::registry {
namespace fs = std::filesystem;

fs::path system_authorities(const fs::path& root) {
  static constexpr std::array<std::string_view, 6> places = {
      "etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Gentoo, Alpine
      "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, RHEL and their kin
      "etc/pki/tls/certs/ca-bundle.crt",                   // the same, before
      "etc/ssl/ca-bundle.pem",                             // SUSE
      "var/lib/ca-certificates/ca-bundle.pem",             // the same
      "etc/ssl/cert.pem",                                  // Alpine without ca-certificates
  };
  for (const auto place : places) {
    std::error_code ignored;
    if (auto file = root / place; fs::is_regular_file(file, ignored)) return file;
  }
  return {};
}

}  // namespace whittle::registry
