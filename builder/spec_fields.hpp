// The grammars of the single fields of a spec (docs/spec.md, one row each). Every function takes the value as
// it is in the file and throws Error(spec) at its position for what the field does not take.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "builder/spec_reader.hpp"

namespace whittle::builder {

// --- paths (spec_paths.cpp)

// Whether an image path may end in "/", which then says something.
enum class TrailingSlash { allowed, refused };
// Absolute, without empty, `.`, `..` and `.wh.` components, at most 4,096 bytes of at most 255 each.
std::string read_image_path(const Value& value, TrailingSlash slash);
// Relative to the spec's folder and inside it; `.` components are dropped, a trailing slash stays.
std::string read_context_path(const Value& value);
// A package: a folder of the module ("./cmd/api", ".") or an import path.
std::string read_main(const Value& value);
// Where a binary goes unless the spec says otherwise: /usr/bin/ and the last element of its import path, or
// `image_name` where that has none (".").
std::string default_binary_path(std::string_view main, std::string_view image_name);

// --- what the compiler is told (spec_flags.cpp)

std::vector<std::string> read_build_tags(const Value& value);  // sorted
std::vector<std::string> read_linker_flags(const Value& value);
std::string read_go_version(const Value& value);

// --- everything else (spec_fields.cpp)

std::uint32_t read_mode(const Value& value);
Owner read_owner(const Value& value);
std::string read_user(const Value& value);
std::string read_port(const Value& value);
std::string read_stop_signal(const Value& value);
std::string read_push(const Value& value);
std::string read_tag(const Value& value);
std::string read_base(const Value& value);
Profile read_profile(const Value& value);
Lines read_lines(const Value& value);
Cgo read_cgo(const Value& value);
Inlining::Rule read_inlining_rule(const Value& value);
Secrets read_secrets(const Value& value);
layers::Platform read_platform(const Value& value);
void read_format(const Value& value, layers::Compression& compression);
layers::Compression::Level read_level(const Value& value);
std::vector<std::pair<std::string, std::string>> read_environment(const Value& value);
// Labels and annotations: keys of the user's, values in which named values expand.
std::map<std::string, std::string> read_labels(const Value& value);
// The name of an image: lower-case words joined by single `.`, `_` or `-`.
void check_image_name(const Value& image);

// Reads each item of a list; two that come out the same are refused.
template <class Item>
std::vector<Item> read_distinct(const Value& list, Item (*read)(const Value&)) {
  std::vector<Item> items;
  std::set<Item> seen;
  for (const auto& value : list.list()) {
    items.push_back(read(value));
    if (!seen.insert(items.back()).second)
      value.refuse("this is in the list already, perhaps written in another way");
  }
  return items;
}

}  // namespace whittle::builder
