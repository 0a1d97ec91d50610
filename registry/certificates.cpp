#include "registry/certificates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "common/error.hpp"
#include "registry/named_file.hpp"
#include "registry/pem.hpp"

namespace whittle::registry {
namespace {

namespace fs = std::filesystem;

// The names that a host's folder may have. Docker calls its own registry by its other name.
std::vector<std::string> folder_names(const std::string& authority) {
  static constexpr std::string_view https = ":443";
  std::vector<std::string> names = {authority};
  if (authority.ends_with(https)) names.push_back(authority.substr(0, authority.size() - https.size()));
  if (authority == "registry-1.docker.io") names.emplace_back("docker.io");
  return names;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    files.push_back(at->path());
  if (error)
    throw Error(ErrorKind::auth, fmt::format("reading the folder {}: {}", named(folder), error.message()));
  std::sort(files.begin(), files.end());
  return files;
}

void use_pair(const fs::path& certificate, const fs::path& key, TlsIdentity& identity) {
  identity.certificate = read_certificates(certificate);
  identity.key = read_private_key(key);
  identity.certificate_file = certificate;
  if (!is_pair(identity.certificate, identity.key))
    throw Error(ErrorKind::auth, fmt::format("{} is not the key of {}", named(key), named(certificate)));
}

}  // namespace

void Certificates::add_registry(const std::string& authority) {
  const std::lock_guard lock(mutex_);
  if (registries_.insert(authority).second) found_.erase(authority);
}

void Certificates::set_unverified(const std::string& authority, bool unverified) {
  const std::lock_guard lock(mutex_);
  found_.erase(authority);
  if (unverified)
    unverified_.insert(authority);
  else
    unverified_.erase(authority);
}

std::shared_ptr<const TlsIdentity> Certificates::find(const std::string& authority) {
  const std::lock_guard lock(mutex_);
  if (const auto known = found_.find(authority); known != found_.end()) return known->second;
  auto identity = read(authority);
  identity.unverified = unverified_.contains(authority);
  const bool any = identity.unverified || !identity.authorities.empty() || !identity.certificate.empty();
  auto shared = any ? std::make_shared<const TlsIdentity>(std::move(identity)) : nullptr;
  return found_.emplace(authority, std::move(shared)).first->second;
}

// The file for exactly this host, else the one for all registries if it is one of them.
fs::path Certificates::given(const std::vector<HostFile>& files, const std::string& authority) const {
  for (const auto& file : files)
    if (file.host == authority) return file.file;
  for (const auto& file : files)
    if (file.host.empty() && registries_.contains(authority)) return file.file;
  return {};
}

TlsIdentity Certificates::read(const std::string& authority) const {
  TlsIdentity identity;
  const auto folder = [&]() -> fs::path {
    for (const auto& parent : options_.folders)
      for (const auto& name : folder_names(authority)) {
        std::error_code ignored;
        if (fs::is_directory(parent / name, ignored)) return parent / name;
      }
    return {};
  }();
  if (!folder.empty()) add_folder(folder, identity);
  if (const auto file = given(options_.authorities, authority); !file.empty())
    identity.authorities = read_certificates(file);
  const auto certificate = given(options_.certificates, authority);
  const auto key = given(options_.keys, authority);
  if (certificate.empty() != key.empty())
    throw Error(ErrorKind::auth,
                fmt::format("{} is given without its {}", named(certificate.empty() ? key : certificate),
                            certificate.empty() ? "certificate" : "key"));
  if (!certificate.empty()) use_pair(certificate, key, identity);
  return identity;
}

void Certificates::add_folder(const fs::path& folder, TlsIdentity& identity) const {
  std::vector<fs::path> certificates;
  for (const auto& file : files_in(folder)) {
    auto other = file;
    if (file.extension() == ".crt") identity.authorities += read_certificates(file);
    if (file.extension() == ".cert") certificates.push_back(file);
    if (file.extension() == ".cert" && !fs::exists(other.replace_extension(".key")))
      throw Error(ErrorKind::auth, fmt::format("{} is there without its key, {}", named(file), named(other)));
    if (file.extension() == ".key" && !fs::exists(other.replace_extension(".cert")))
      throw Error(ErrorKind::auth,
                  fmt::format("{} is there without its certificate, {}", named(file), named(other)));
  }
  if (certificates.empty()) return;
  auto key = certificates.front();
  use_pair(certificates.front(), key.replace_extension(".key"), identity);
  if (certificates.size() > 1)
    reporter_.warn(fmt::format("{} holds {} client certificates; {} is shown", named(folder),
                               certificates.size(), named(certificates.front().filename())));
}

}  // namespace whittle::registry
