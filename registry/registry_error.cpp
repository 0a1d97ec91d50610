#include "registry/registry_error.hpp"

#include <algorithm>

namespace whittle::registry {

bool RegistryError::has_code(std::string_view code) const {
  return std::find(details_.codes.begin(), details_.codes.end(), code) != details_.codes.end();
}

}  // namespace whittle::registry
