// The few named values of a spec: ${git.commit}, ${git.tag}, ${version}.
//
// `$$` is a dollar sign; a `$` before anything but `$` and `{` is one too.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "builder/spec.hpp"

namespace whittle::builder {

// Gives a value by name; asked only for names that occur. nullopt: there is no such value here (no git, no
// tag).
using NamedValues = std::function<std::optional<std::string>(std::string_view name)>;

// Replaces each ${name} once; a value is inserted as text and never looked at again. `$$` is a dollar sign.
// Error(spec) at `where` for an unknown name, an unclosed one, or one without a value here.
std::string expand(std::string_view text, const NamedValues& values, const Position& where);

// The same of each text of a list, or of each value of a mapping.
std::vector<std::string> expanded(const std::vector<std::string>& texts, const NamedValues& values,
                                  const Position& where);
std::map<std::string, std::string> expanded(const std::map<std::string, std::string>& texts,
                                            const NamedValues& values, const Position& where);

// Throws the same errors as expand() except for the missing value: what can be said before anything is known.
void check_named_values(std::string_view text, const Position& where);

// Whether any ${…} occurs.
bool has_named_values(std::string_view text);

// The names there are, sorted.
std::span<const std::string_view> named_value_names();

}  // namespace whittle::builder
