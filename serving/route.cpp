#include "serving/route.hpp"

#include "common/error.hpp"

namespace whittle::serving {

std::optional<Route> route_of(std::string_view path) {
  constexpr std::string_view root = "/v2/";
  if (!path.starts_with(root)) return std::nullopt;
  const auto last = path.rfind('/');
  const auto before = last == 0 ? std::string_view::npos : path.rfind('/', last - 1);
  if (before == std::string_view::npos || before < root.size()) return std::nullopt;
  Route route{std::string(path.substr(root.size(), before - root.size())),
              std::string(path.substr(before + 1, last - before - 1)), std::string(path.substr(last + 1))};
  constexpr std::string_view blobs = "/blobs";
  if (route.kind == "uploads" && route.repository.ends_with(blobs))
    route.repository.resize(route.repository.size() - blobs.size());
  return route;
}

std::optional<Digest> digest_in(std::string_view text) {
  try {
    return Digest::parse(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace whittle::serving
