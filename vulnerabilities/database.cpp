#include "vulnerabilities/database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"

namespace whittle::vulnerabilities {
namespace {

constexpr std::size_t worth_threads = 16;  // entries
constexpr std::string_view cache_kind = "advisories";

AdvisoryIndex index_of(const DatabaseFiles& files, const std::string& place, builder::Cache& cache,
                       Reporter& reporter, unsigned jobs, const std::stop_token& stop) {
  if (auto index = AdvisoryIndex::of_go(files, jobs, stop)) return std::move(*index);
  const auto state = files.state();
  if (state)
    if (auto kept = cache.get(cache_kind, *state))
      if (auto index = AdvisoryIndex::parse(std::move(*kept), files.names().size())) return std::move(*index);
  const auto task = reporter.start(fmt::format("reading {}", shown(place)), 0);
  auto index = AdvisoryIndex::of_all(files, jobs, stop);
  task->done(fmt::format("{} entries", index.entries()));
  if (state) cache.put(cache_kind, *state, index.text());
  return index;
}

}  // namespace

Database Database::open(const std::filesystem::path& place, builder::Cache& cache, Reporter& reporter,
                        unsigned jobs, const std::stop_token& stop) {
  return in_context(
      [&] { return fmt::format("reading the vulnerability database {}", shown(place.native())); },
      [&] {
        auto files = open_database_files(place);
        auto index = index_of(*files, place.native(), cache, reporter, jobs, stop);
        if (index.entries() == 0)
          throw Error(ErrorKind::integrity, "it has no entries")
              .hint("a database is a folder or zip of JSON files in the OSV format");
        return Database(place.native(), std::move(files), std::move(index), jobs);
      });
}

std::vector<Advisory> Database::about(std::string_view ecosystem, std::string_view name,
                                      std::string_view installed) const {
  return in_context([&] { return fmt::format("reading the vulnerability database {}", shown(place_)); },
                    [&] {
                      const auto files = index_.about(ecosystem, name, installed);
                      std::vector<Advisory> found(files.size());
                      parallel_for(files.size(), files.size() < worth_threads ? 1 : jobs_, {},
                                   [&](std::size_t i) { found[i] = entry(files[i], ecosystem, name); });
                      std::erase_if(found, [](const Advisory& advisory) { return advisory.withdrawn; });
                      return found;
                    });
}

Advisory Database::entry(std::size_t file, std::string_view ecosystem, std::string_view name) const {
  if (file >= files_->names().size()) throw Error(ErrorKind::integrity, "it changed while it was read");
  auto advisory = read_advisory(*files_, file);
  const bool is_about =
      std::any_of(advisory.affected.begin(), advisory.affected.end(),
                  [&](const Affected& one) { return one.ecosystem == ecosystem && one.name == name; });
  if (!is_about && !advisory.withdrawn)
    throw Error(ErrorKind::integrity, fmt::format("its index says that {} is about {}, which it is not",
                                                  shown(files_->names()[file]), shown(name)));
  return advisory;
}

}  // namespace whittle::vulnerabilities
