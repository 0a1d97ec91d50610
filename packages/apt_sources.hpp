// What apt on this machine is set up with (sources.list(5)): its archives, and whose signatures it trusts.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "packages/package_archive.hpp"

namespace whittle::packages {

struct AptFolders {
  std::filesystem::path configuration;  // /etc/apt: sources.list, sources.list.d, trusted.gpg.d
  std::vector<std::filesystem::path> keyrings =
      {};  // asked besides trusted.gpg.d where a source has no Signed-By
};

struct AptSources {
  std::vector<PackageArchive> archives;  // one for each URI and suite, in apt's order
  std::vector<std::string> skipped;      // what is set up but not used, each with its place and the reason
};

// The sources that hold packages for `architecture`. Whether apt would use them unsigned ([trusted=yes]) is
// not looked at: here each needs a signature. Sources of source code and those that are switched off are left
// out silently. Error(unsupported) "FILE:LINE: …" for what is malformed, Error(io), Error(limit).
AptSources read_apt_sources(const AptFolders& folders, std::string_view architecture);

// The same for the text of one file; `default_keys` are those of sources without Signed-By.
AptSources parse_sources_list(std::string_view text, const std::string& file, std::string_view architecture,
                              const std::vector<KeySource>& default_keys);  // the one-line form
AptSources parse_sources_deb822(std::string_view text, const std::string& file, std::string_view architecture,
                                const std::vector<KeySource>& default_keys);  // *.sources

}  // namespace whittle::packages
