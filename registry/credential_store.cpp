#include "registry/credential_store.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "common/error.hpp"
#include "common/text.hpp"
#include "registry/named_file.hpp"

namespace whittle::registry {

CredentialLookup CredentialStore::find(std::string_view host, std::string_view repository) {
  const std::lock_guard lock(mutex_);
  CredentialLookup lookup;
  for (const auto& path : paths_) {
    const auto& found = file(path);
    if (!found) continue;
    if (lookup.file.empty()) lookup.file = path;
    if (ask_helpers(*found, std::string(host), lookup)) return lookup;
    lookup.credentials = found->find(host, repository);
    if (!lookup.credentials) continue;
    warn_of_permissions(path);
    answered(*found, host, {});
    lookup.file = path;
    lookup.note.clear();
    return lookup;
  }
  if (lookup.file.empty() && !paths_.empty()) lookup.file = paths_.front();
  return lookup;
}

const std::optional<CredentialFile>& CredentialStore::file(const std::filesystem::path& path) {
  const auto known = files_.find(path);
  if (known != files_.end()) return known->second;
  return files_.emplace(path, CredentialFile::read(path)).first->second;
}

bool CredentialStore::ask_helpers(const CredentialFile& file, const std::string& host,
                                  CredentialLookup& lookup) {
  for (const auto& name : file.helpers(host)) {
    auto answer = helpers_.ask(name, host);
    if (answer.credentials) {
      lookup.credentials = std::move(answer.credentials);
      lookup.file = file.path();
      lookup.note.clear();
      answered(file, host, fmt::format(" (docker-credential-{})", name));
      return true;
    }
    if (answer.failure.empty()) continue;
    lookup.note = fmt::format("{}, which {} names for {}", answer.failure, named(file.path()), escaped(host));
    if (told_.insert(lookup.note).second) reporter_.warn(lookup.note);
  }
  return false;
}

void CredentialStore::answered(const CredentialFile& file, std::string_view host, std::string_view by) {
  auto line = fmt::format("credentials for {} come from {}{}", escaped(host), named(file.path()), by);
  if (told_.insert(line).second) reporter_.verbose(line);
}

void CredentialStore::warn_of_permissions(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || (status.st_mode & 0077) == 0) return;
  const auto line =
      fmt::format("{} holds credentials and can be read by others; run `chmod 600` on it", named(path));
  if (told_.insert(line).second) reporter_.warn(line);
}

}  // namespace whittle::registry
