// Which files of a database are about which package, so that not all of them are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "vulnerabilities/advisory.hpp"
#include "vulnerabilities/database_files.hpp"

namespace whittle::vulnerabilities {

// One entry. As parse_advisory(), and Error(integrity) for a file that is not named for its entry.
Advisory read_advisory(const DatabaseFiles& files, std::size_t index);

class AdvisoryIndex {
 public:
  // Of a database that has Go's own index (go.dev/security/vuln/database, "index/modules.json"); what that
  // does not name is read. Nothing when it has none.
  static std::optional<AdvisoryIndex> of_go(const DatabaseFiles& files, unsigned jobs,
                                            const std::stop_token& stop);
  // Of any database, by reading all of it. Error(integrity) for one file that is broken: what it is about
  // would be missed.
  static AdvisoryIndex of_all(const DatabaseFiles& files, unsigned jobs, const std::stop_token& stop);

  // For a cache: parse() reads what text() was. Nothing for any other text, or of another number of files.
  std::string text() const;
  static std::optional<AdvisoryIndex> parse(std::string text, std::size_t files);

  // Numbers of files, each once, in their order. With the version that is installed, of Go's ecosystem,
  // without those of which Go's index says that it is mended in that version or before.
  std::vector<std::size_t> about(std::string_view ecosystem, std::string_view name,
                                 std::string_view installed = {}) const;
  std::size_t entries() const { return entries_; }  // not counting what was withdrawn
  const std::string& modified() const {
    return modified_;
  }  // when the last of them was; "" when there is none
  const std::set<std::string>& ecosystems() const { return ecosystems_; }

 private:
  class Maker;
  std::string lines_ = {};  // "ECOSYSTEM\tNAME\tFILE\tFIXED\n", sorted; the last of Go's index, else empty
  std::size_t entries_ = 0;
  std::string modified_ = {};
  std::set<std::string> ecosystems_ = {};
};

}  // namespace whittle::vulnerabilities
