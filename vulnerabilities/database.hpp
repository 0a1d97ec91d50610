// A local database of known vulnerabilities: a folder or zip of entries in the Open Source Vulnerability
// format, with Go's index or without one.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "builder/cache.hpp"
#include "common/report.hpp"
#include "vulnerabilities/advisory.hpp"
#include "vulnerabilities/advisory_index.hpp"
#include "vulnerabilities/database_files.hpp"

namespace whittle::vulnerabilities {

// Immutable and thread-safe.
class Database {
 public:
  // Of a database without an index all entries are read once; what they are about is kept in the cache until
  // one of the files changes. Error(integrity) naming the file that is broken: a database is whole or none.
  static Database open(const std::filesystem::path& place, builder::Cache& cache, Reporter& reporter,
                       unsigned jobs, const std::stop_token& stop);

  const std::string& place() const { return place_; }
  std::size_t entries() const { return index_.entries(); }
  const std::string& modified() const { return index_.modified(); }
  const std::set<std::string>& ecosystems() const { return index_.ecosystems(); }

  // What is known of a module or source package, by id; without what was withdrawn, and with the version of a
  // module that is installed without what is mended in it by Go's index.
  std::vector<Advisory> about(std::string_view ecosystem, std::string_view name,
                              std::string_view installed = {}) const;

 private:
  Database(std::string place, std::unique_ptr<DatabaseFiles> files, AdvisoryIndex index, unsigned jobs)
      : place_(std::move(place)), files_(std::move(files)), index_(std::move(index)), jobs_(jobs) {}

  // One that the index says is about that package.
  Advisory entry(std::size_t file, std::string_view ecosystem, std::string_view name) const;

  std::string place_;
  std::unique_ptr<DatabaseFiles> files_;
  AdvisoryIndex index_;
  unsigned jobs_;
};

}  // namespace whittle::vulnerabilities
