#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "builder/inlining.hpp"
#include "builder/spec_fields.hpp"
#include "builder/spec_tables.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

std::string read_pattern(const Value& value) {
  auto pattern = value.text();
  if (!is_package_pattern(pattern))
    value.refuse(fmt::format("{} is no pattern of import paths", shown(pattern)),
                 "write a package's import path, or one with `...` for all below it: example.com/shop/...");
  return pattern;
}

}  // namespace

Keys<Inlining> inlining_keys() {
  static constexpr std::array<Key<Inlining>, 3> keys = {{
      {"rule",
       [](const Value& value, Inlining& inlining) {
         inlining.rule = read_inlining_rule(value);
         if (inlining.rule == Inlining::Rule::all)
           value.refuse("with `all` there is nothing to choose",
                        "write `inlining: all`, or another rule here");
       }},
      {"profile",
       [](const Value& value, Inlining& inlining) { inlining.profile = read_context_path(value); }},
      {"keep",
       [](const Value& value, Inlining& inlining) {
         inlining.keep = read_distinct<std::string>(value, read_pattern);
         std::sort(inlining.keep.begin(), inlining.keep.end());
       }},
  }};
  return keys;
}

Inlining read_inlining(const Value& value) {
  Inlining inlining;
  if (!value.is_mapping()) {
    inlining.rule = read_inlining_rule(value);
    return inlining;
  }
  read_mapping(value, inlining_keys(), inlining);
  if (!value.find("rule"))
    inlining.rule = inlining.profile.empty() ? Inlining::Rule::hot : Inlining::Rule::none;
  return inlining;
}

}  // namespace whittle::builder
