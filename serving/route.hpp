// Which part of the distribution specification's API a path names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/digest.hpp"

namespace whittle::serving {

// /v2/REPOSITORY/KIND/REFERENCE, where names of repositories may have slashes. The kinds are "manifests",
// "blobs", "uploads" (of "blobs/uploads", without a reference for the list itself), "tags" and "referrers";
// others may come.
struct Route {
  std::string repository;
  std::string kind;
  std::string reference;
};
// Nothing for a path of another form.
std::optional<Route> route_of(std::string_view path);
// Nothing for what is no digest, or one of an algorithm that cannot be verified.
std::optional<Digest> digest_in(std::string_view text);

}  // namespace whittle::serving
