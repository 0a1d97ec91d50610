#include "builder/cpu_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "binaries/go_symbol_name.hpp"
#include "builder/protobuf_fields.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "layers/compression.hpp"

namespace whittle::builder {
namespace {

constexpr std::size_t largest_profile = 32U << 20U;  // bytes, uncompressed
constexpr std::size_t most_entries = 1'000'000;      // of each kind
constexpr std::uint64_t most_value = 1ULL << 40U;    // nanoseconds of one sample; a million of them can be added

// The fields of profile.proto that are read.
namespace field {
constexpr std::uint32_t sample_type = 1, sample = 2, location = 4, function = 5, string_table = 6;
constexpr std::uint32_t type_name = 1;
constexpr std::uint32_t sample_locations = 1, sample_values = 2;
constexpr std::uint32_t location_id = 1, location_line = 4, line_function = 1;
constexpr std::uint32_t function_id = 1, function_name = 2;
}  // namespace field

class ProfileReader {
 public:
  ProfileReader(std::string_view bytes, const std::string& what) : bytes_(bytes), what_(what) {}

  std::set<std::string> take() {
    read_tables();
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
  [[noreturn]] void refuse(ErrorKind kind, std::string_view why) const {
    throw Error(kind, fmt::format("{} {}", what_, why));
  }
  template <class Table>
  void check_size(const Table& table) const {
    if (table.size() > most_entries)
      refuse(ErrorKind::limit, fmt::format("has more than {} entries of a kind", most_entries));
  }

  // Samples come before what they refer to, so that they are read a second time.
  void read_tables() {
    for (ProtobufFields fields(bytes_, what_); fields.next();) {
      if (fields.number() == field::string_table) {
        check_size(strings_);
        strings_.push_back(fields.bytes());
      } else if (fields.number() == field::sample_type) {
        check_size(types_);
        types_.push_back(only_number(fields.bytes(), field::type_name));
      } else if (fields.number() == field::function) {
        check_size(functions_);
        const auto function = fields.bytes();
        functions_[only_number(function, field::function_id)] = only_number(function, field::function_name);
      } else if (fields.number() == field::location) {
        read_location(fields.bytes());
      }
    }
  }

  std::uint64_t only_number(std::string_view message, std::uint32_t number) const {
    std::uint64_t value = 0;
    for (ProtobufFields fields(message, what_); fields.next();)
      if (fields.number() == number) value = fields.value();
    return value;
  }

  // Its lines are the function that is inlined furthest first, and last the one that has the code.
  void read_location(std::string_view message) {
    check_size(locations_);
    std::uint64_t id = 0;
    std::vector<std::uint64_t> functions;
    for (ProtobufFields fields(message, what_); fields.next();) {
      if (fields.number() == field::location_id) id = fields.value();
      if (fields.number() != field::location_line) continue;
      if (++lines_ > most_entries)
        refuse(ErrorKind::limit, fmt::format("has more than {} lines", most_entries));
      functions.push_back(only_number(fields.bytes(), field::line_function));
    }
    locations_[id] = std::move(functions);
  }

  // Which of a sample's values is time: Go writes samples and nanoseconds.
  std::size_t index_of_time() const {
    for (const std::string_view name : {"cpu", "samples"})
      for (std::size_t i = 0; i < types_.size(); ++i)
        if (text(types_[i]) == name) return i;
    const auto has = types_.empty() ? std::string("nothing") : shown(text(types_.front()));
    throw Error(ErrorKind::unsupported, fmt::format("{} is no profile of CPU time: it counts {}", what_, has))
        .hint("take one from /debug/pprof/profile of the running program, or with `go test -cpuprofile`");
  }

  // Of the code that ran, without its callers.
  std::map<std::uint64_t, std::uint64_t> time_by_location() {
    const auto index = index_of_time();
    std::map<std::uint64_t, std::uint64_t> times;
    for (ProtobufFields fields(bytes_, what_); fields.next();) {
      if (fields.number() != field::sample) continue;
      std::optional<std::uint64_t> location;
      std::uint64_t time = 0;
      std::size_t values = 0;
      for (ProtobufFields sample(fields.bytes(), what_); sample.next();) {
        if (sample.number() == field::sample_locations)
          sample.for_each_number([&](std::uint64_t id) {
            location = location.value_or(id);
            on_stacks_.insert(id);
            check_size(on_stacks_);
          });
        if (sample.number() == field::sample_values)
          sample.for_each_number([&](std::uint64_t value) { time = values++ == index ? value : time; });
      }
      if (!location || time == 0 || time > most_value) continue;  // a negative number is a large one here
      auto& sum = times[*location];
      sum = std::min(sum + time, most_value);
    }
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
    const auto found = locations_.find(location);
    if (found == locations_.end()) return packages;
    for (const auto id : found->second) {
      const auto function = functions_.find(id);
      if (function != functions_.end())
        packages.push_back(binaries::package_of_symbol(text(function->second)));
    }
    return packages;
  }

  std::string_view text(std::uint64_t index) const {
    return index < strings_.size() ? strings_[static_cast<std::size_t>(index)] : std::string_view();
  }

  std::string_view bytes_;
  const std::string& what_;
  std::vector<std::string_view> strings_ = {};
  std::vector<std::uint64_t> types_ = {};  // names, as indices of strings
  std::unordered_map<std::uint64_t, std::uint64_t> functions_ = {};  // id → name, an index of strings
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> locations_ = {};  // id → functions
  std::set<std::uint64_t> on_stacks_ = {};  // locations
  std::size_t lines_ = 0;
};

std::string uncompressed(std::unique_ptr<ByteSource> profile, const std::string& what) {
  const auto decoder = layers::decompress(std::move(profile), what);
  TextSink all(largest_profile, what);
  std::vector<std::byte> buffer(stream_buffer_size);
  while (const auto size = decoder->read(buffer)) all.write(Bytes(buffer).first(size));
  return all.take();
}

}  // namespace

std::set<std::string> hot_packages(std::unique_ptr<ByteSource> profile, const std::string& what) {
  const auto bytes = uncompressed(std::move(profile), what);
  return ProfileReader(bytes, what).take();
}

}  // namespace whittle::builder
