// The files of a database: a folder's, or those in a zip, which is read in memory and never unpacked.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"

namespace whittle::vulnerabilities {

inline constexpr std::size_t most_entries = 1'000'000;

// Thread-safe. Names are relative, with `/`, and sorted; only those that end in `.json` are there.
class DatabaseFiles {
 public:
  virtual ~DatabaseFiles() = default;
  virtual const std::vector<std::string>& names() const = 0;
  // The content of one of names(). Error(integrity), Error(io), Error(limit) naming it.
  virtual std::string read(std::size_t index) const = 0;
  // Another one when any of the files was changed; nothing when one was changed so recently that the next
  // change may not show. To be asked before what it is to stand for is read. Looks at each file of a folder.
  virtual std::optional<Digest> state() const = 0;

  std::optional<std::size_t> find(std::string_view name) const;
};

// Error(not_found) when nothing is there, Error(integrity) for a zip that is broken or has names that lead
// out of it, Error(limit).
std::unique_ptr<DatabaseFiles> open_database_files(const std::filesystem::path& place);

}  // namespace whittle::vulnerabilities
