#include "builder/profile_tables.hpp"

#include <fmt/format.h>

#include "builder/protobuf_fields.hpp"
#include "layers/compression.hpp"

namespace whittle::builder {
namespace {

constexpr std::size_t largest_profile = 32U << 20U;  // bytes, uncompressed

// The fields of profile.proto that are read.
namespace field {
constexpr std::uint32_t sample_type = 1, sample = 2, location = 4, function = 5, string_table = 6;
constexpr std::uint32_t type_name = 1;
constexpr std::uint32_t sample_locations = 1, sample_values = 2;
constexpr std::uint32_t location_id = 1, location_line = 4, line_function = 1;
constexpr std::uint32_t function_id = 1, function_name = 2;
}  // namespace field

[[noreturn]] void too_many(const std::string& what, std::string_view kind) {
  throw Error(ErrorKind::limit,
              fmt::format("{} has more than {} {}", what, ProfileTables::most_entries, kind));
}

}  // namespace

std::string uncompressed_profile(std::unique_ptr<ByteSource> profile, const std::string& what) {
  const auto decoder = layers::decompress(std::move(profile), what);
  TextSink all(largest_profile, what);
  std::vector<std::byte> buffer(stream_buffer_size);
  while (const auto size = decoder->read(buffer)) all.write(Bytes(buffer).first(size));
  return all.take();
}

template <class Table>
void ProfileTables::check_size(const Table& table) const {
  if (table.size() > most_entries) too_many(what_, "entries of a kind");
}

// Samples come before what they refer to, so that they are read a second time.
ProfileTables::ProfileTables(std::string_view bytes, const std::string& what) : bytes_(bytes), what_(what) {
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

std::uint64_t ProfileTables::only_number(std::string_view message, std::uint32_t number) const {
  std::uint64_t value = 0;
  for (ProtobufFields fields(message, what_); fields.next();)
    if (fields.number() == number) value = fields.value();
  return value;
}

// Its lines are the function that is inlined furthest first, and last the one that has the code.
void ProfileTables::read_location(std::string_view message) {
  check_size(locations_);
  std::uint64_t id = 0;
  std::vector<std::uint64_t> functions;
  for (ProtobufFields fields(message, what_); fields.next();) {
    if (fields.number() == field::location_id) id = fields.value();
    if (fields.number() != field::location_line) continue;
    if (++lines_ > most_entries) too_many(what_, "lines");
    functions.push_back(only_number(fields.bytes(), field::line_function));
  }
  locations_[id] = std::move(functions);
}

std::string_view ProfileTables::text(std::uint64_t index) const {
  return index < strings_.size() ? strings_[static_cast<std::size_t>(index)] : std::string_view();
}

std::vector<std::string_view> ProfileTables::functions_at(std::uint64_t location) const {
  std::vector<std::string_view> names;
  const auto found = locations_.find(location);
  if (found == locations_.end()) return names;
  for (const auto id : found->second)
    if (const auto function = functions_.find(id); function != functions_.end())
      names.push_back(text(function->second));
  return names;
}

void ProfileTables::for_each_sample(const Visit& visit) const {
  std::vector<std::uint64_t> locations;
  std::vector<std::uint64_t> values;
  for (ProtobufFields fields(bytes_, what_); fields.next();) {
    if (fields.number() != field::sample) continue;
    locations.clear();
    values.clear();
    for (ProtobufFields sample(fields.bytes(), what_); sample.next();) {
      auto* into = sample.number() == field::sample_locations ? &locations
                   : sample.number() == field::sample_values  ? &values
                                                              : nullptr;
      if (into == nullptr) continue;
      sample.for_each_number([&](std::uint64_t number) {
        check_size(*into);
        into->push_back(number);
      });
    }
    visit(locations, values);
  }
}

}  // namespace whittle::builder
