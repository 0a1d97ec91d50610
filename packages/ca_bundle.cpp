#include "packages/ca_bundle.hpp"

#include <fmt/format.h>

#include <map>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::packages {
namespace {

constexpr std::string_view certificate_folder = "usr/share/ca-certificates/";

// RFC 7468, section 5.1. Whether it is a certificate is for whoever trusts it.
bool is_pem(std::string_view text) {
  const auto begin = text.find("-----BEGIN CERTIFICATE-----");
  return begin != std::string_view::npos &&
         text.find("-----END CERTIFICATE-----", begin) != std::string_view::npos &&
         text.find('\0') == std::string_view::npos;
}

}  // namespace

std::string ca_bundle(const std::vector<const DebFile*>& packages) {
  std::map<std::string_view, const layers::FileEntry*> certificates;
  for (const auto* package : packages)
    for (const auto& entry : package->entries())
      if (entry.path.starts_with(certificate_folder) && entry.path.ends_with(".crt") && entry.file.open)
        certificates.emplace(entry.path, &entry.file);
  std::string bundle;
  for (const auto& [path, file] : certificates) {
    const auto what = fmt::format("the certificate {}", shown(path));
    auto text = read_all(*file->open(), certificate_limit, what);
    if (!is_pem(text)) throw Error(ErrorKind::integrity, fmt::format("{} is not in PEM", what));
    if (!text.ends_with('\n')) text += '\n';
    if (bundle.size() + text.size() > bundle_limit)
      throw Error(ErrorKind::limit,
                  fmt::format("the certificates are beyond the limit of {} bytes", bundle_limit));
    bundle += text;
  }
  return bundle;
}

}  // namespace whittle::packages
