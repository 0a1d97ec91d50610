#include "builder/cpu_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "binaries/go_symbol_name.hpp"
#include "builder/profile_tables.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

constexpr std::uint64_t most_value = 1ULL
                                     << 40U;  // nanoseconds of one sample; a million of them can be added

class ProfileReader {
 public:
  ProfileReader(std::string_view bytes, const std::string& what) : tables_(bytes, what), what_(what) {}

  std::set<std::string> take() {
    const auto samples = time_by_location();
    const auto busiest = busiest_packages(samples);
    auto result = busiest;
    for (const auto location : on_stacks_) {
      const auto chain = packages_at(location);
      const bool counts = std::any_of(chain.begin(), chain.end(),
                                      [&](const auto& package) { return busiest.contains(package); });
      if (counts) result.insert(chain.begin(), chain.end());
    }
    result.erase("");
    return result;
  }

 private:
  // Which of a sample's values is time: Go writes samples and nanoseconds.
  std::size_t index_of_time() const {
    const auto& types = tables_.types();
    for (const std::string_view name : {"cpu", "samples"})
      for (std::size_t i = 0; i < types.size(); ++i)
        if (tables_.text(types[i]) == name) return i;
    const auto has = types.empty() ? std::string("nothing") : shown(tables_.text(types.front()));
    throw Error(ErrorKind::unsupported, fmt::format("{} is no profile of CPU time: it counts {}", what_, has))
        .hint("take one from /debug/pprof/profile of the running program, or with `go test -cpuprofile`");
  }

  // Of the code that ran, without its callers.
  std::map<std::uint64_t, std::uint64_t> time_by_location() {
    const auto index = index_of_time();
    std::map<std::uint64_t, std::uint64_t> times;
    tables_.for_each_sample([&](const auto& locations, const auto& values) {
      on_stacks_.insert(locations.begin(), locations.end());
      if (on_stacks_.size() > ProfileTables::most_entries)
        throw Error(ErrorKind::limit,
                    fmt::format("{} has more than {} entries of a kind", what_, ProfileTables::most_entries));
      const auto time = index < values.size() ? values[index] : 0;
      if (locations.empty() || time == 0 || time > most_value)
        return;  // a negative number is a large one here
      auto& sum = times[locations.front()];
      sum = std::min(sum + time, most_value);
    });
    if (times.empty())
      throw Error(ErrorKind::unsupported, fmt::format("{} has no samples", what_))
          .hint("profile the program while it is busy");
    return times;
  }

  std::set<std::string> busiest_packages(const std::map<std::uint64_t, std::uint64_t>& samples) const {
    std::map<std::string, std::uint64_t> times;
    std::uint64_t total = 0;
    for (const auto& [location, time] : samples) {
      const auto chain = packages_at(location);
      times[chain.empty() ? std::string() : chain.front()] += time;
      total += time;
    }
    std::vector<std::pair<std::uint64_t, std::string>> order;
    for (const auto& [package, time] : times) order.emplace_back(time, package);
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    std::set<std::string> result;
    std::uint64_t reached = 0;
    for (const auto& [time, package] : order) {
      if (reached >= total - total / 1000) break;
      reached += time;
      result.insert(package);
    }
    result.erase("");
    return result;
  }

  // Of the functions at a location, as they are inlined into one another.
  std::vector<std::string> packages_at(std::uint64_t location) const {
    std::vector<std::string> packages;
    for (const auto function : tables_.functions_at(location))
      packages.push_back(binaries::package_of_symbol(function));
    return packages;
  }

  ProfileTables tables_;
  const std::string& what_;
  std::set<std::uint64_t> on_stacks_ = {};  // locations
};

}  // namespace

std::set<std::string> hot_packages(std::unique_ptr<ByteSource> profile, const std::string& what) {
  const auto bytes = uncompressed_profile(std::move(profile), what);
  return ProfileReader(bytes, what).take();
}

}  // namespace whittle::builder
