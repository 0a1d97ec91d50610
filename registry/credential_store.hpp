// The credentials of this user, from the files that Docker and podman keep and the helpers that those name.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/report.hpp"
#include "registry/credential_file.hpp"
#include "registry/credential_helper.hpp"
#include "registry/credentials.hpp"

namespace whittle::registry {

// Asks the files in their order, and of each its helper for the registry (`credHelpers`), its helper for all
// (`credsStore`), then its own entries (`auths`); the first that knows the registry answers (hostile.md, 184,
// 185). Files are read and helpers run when something is first asked. Thread-safe: one helper runs at a time,
// for it may talk to the user. Borrows the reporter.
class CredentialStore {
 public:
  CredentialStore(std::vector<std::filesystem::path> files, HelperOptions helpers, Reporter& reporter,
                  std::stop_token stop)
      : paths_(std::move(files)), helpers_(std::move(helpers), std::move(stop)), reporter_(reporter) {}

  // For a repository of `host`. A helper that does not work is warned of and, for the error that may follow,
  // noted in the result: what is public needs no credentials. Error(auth) when a file is broken.
  CredentialLookup find(std::string_view host, std::string_view repository);

 private:
  const std::optional<CredentialFile>& file(const std::filesystem::path& path);
  bool ask_helpers(const CredentialFile& file, const std::string& host, CredentialLookup& lookup);
  void answered(const CredentialFile& file, std::string_view host, std::string_view by);
  void warn_of_permissions(const std::filesystem::path& path);

  std::vector<std::filesystem::path> paths_;
  CredentialHelpers helpers_;
  Reporter& reporter_;
  std::mutex mutex_;
  std::map<std::filesystem::path, std::optional<CredentialFile>> files_;  // that were read
  std::set<std::string> told_;                                            // lines that were reported already
};

}  // namespace whittle::registry
