// The `//go:build` line of a Go file (cmd/go, "Build constraints").
#pragma once

#include <functional>
#include <optional>
#include <string_view>

namespace whittle::builder {

// Its expression: what stands behind `//go:build` in front of the package clause. Nothing when the file has
// none. Borrows `text`.
std::optional<std::string_view> build_constraint_of(std::string_view text);

// Whether an expression of `||`, `&&`, `!`, parentheses and tags holds when `is_set` says so of each tag; it
// is asked for every tag. True for one that is not understood.
bool constraint_holds(std::string_view expression, const std::function<bool(std::string_view tag)>& is_set);

}  // namespace whittle::builder
